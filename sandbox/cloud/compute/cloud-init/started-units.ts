/** Which units run: those that `runcmd` starts, and what they want. Pure. */
import type { CloudConfig } from "./cloud-config";
import { parseUnit, wordsOf, type Unit } from "./systemd-unit";

const UNITS = "/etc/systemd/system/";
/** Units that Container-Optimized OS has and that run by themselves. */
const OF_THE_SYSTEM = ["docker.service", "network-online.target"];

/** The units of a cloud-config that run. Throws an Error for a command that is not systemctl's, and for a unit that nobody wrote. */
export function startedUnits(config: CloudConfig): Unit[] {
  const started = new Map<string, Unit>();
  const start = (name: string, isRequired: boolean): void => {
    if (started.has(name) || OF_THE_SYSTEM.includes(name)) return;
    const text = config.files.get(`${UNITS}${name}`);
    if (text === undefined) {
      if (isRequired) throw new Error(`unit ${name} is started, but no file ${UNITS}${name} is written`);
      return;
    }
    const unit = parseUnit(name, text);
    started.set(name, unit);
    // systemd starts what a unit wants, and goes on without what does not exist.
    for (const wanted of wordsOf(unit.unit, "Wants")) start(wanted, false);
    for (const required of wordsOf(unit.unit, "Requires")) start(required, true);
  };
  for (const command of config.commands) for (const name of unitsOf(command)) start(name, true);
  return [...started.values()];
}

function unitsOf(command: readonly string[]): string[] {
  const [program = "", verb = "", ...rest] = command;
  const isSystemctl = program === "systemctl" || program === "/usr/bin/systemctl";
  if (isSystemctl && verb === "daemon-reload" && rest.length === 0) return [];
  const names = rest.filter((word) => word !== "--no-block");
  if (isSystemctl && verb === "start" && names.length > 0 && !names.some((name) => name.startsWith("-"))) return names;
  throw new Error(`runcmd: the sandbox does not know the command "${command.join(" ")}"`);
}
