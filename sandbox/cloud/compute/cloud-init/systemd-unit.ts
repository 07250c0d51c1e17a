/** Text of systemd units, as systemd.syntax(7) has it. Pure. */

/** The values of every key of a section, in their order; an empty assignment has emptied the list before it. */
export type Section = ReadonlyMap<string, readonly string[]>;

export interface Unit {
  readonly name: string;
  readonly unit: Section;
  readonly service: Section;
}

const NO_EFFECT_HERE = ["Description"];
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  Unit: [...NO_EFFECT_HERE, "Wants", "Requires", "After", "StartLimitIntervalSec"],
  Service: [
    "Type",
    "RemainAfterExit",
    "Environment",
    "StateDirectory",
    "ExecStartPre",
    "ExecStart",
    "ExecStop",
    "Restart",
    "RestartSec",
    "TimeoutStopSec",
  ],
};

/** Reads a service unit. Throws an Error that names the unit and the line, section or key that it does not know. */
export function parseUnit(name: string, text: string): Unit {
  const sections = new Map<string, Map<string, string[]>>();
  let section: string | undefined;
  let values: Map<string, string[]> | undefined;
  for (const line of logicalLines(text)) {
    const header = /^\[(.*)\]$/.exec(line);
    if (header !== null) {
      section = header[1] ?? "";
      if (KNOWN[section] === undefined) throw new Error(`${name}: the sandbox does not know the section [${section}]`);
      values = sections.get(section) ?? new Map<string, string[]>();
      sections.set(section, values);
      continue;
    }
    if (section === undefined || values === undefined) throw new Error(`${name}: "${line}" stands before any section`);
    assign(name, section, values, line);
  }
  return { name, unit: sections.get("Unit") ?? new Map(), service: sections.get("Service") ?? new Map() };
}

function assign(name: string, section: string, values: Map<string, string[]>, line: string): void {
  const equals = line.indexOf("=");
  if (equals < 1) throw new Error(`${name}: "${line}" is neither a section nor an assignment`);
  const key = line.slice(0, equals).trim();
  const value = line.slice(equals + 1).trim();
  if (KNOWN[section]?.includes(key) !== true)
    throw new Error(`${name}: the sandbox does not know ${key}= of [${section}]`);
  values.set(key, value === "" ? [] : [...(values.get(key) ?? []), value]);
}

/** Without comments and empty lines; a backslash at a line's end joins it with the next that is no comment. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open: string | undefined;
  for (const raw of text.split("\n")) {
    const line = raw.trimStart();
    if (/^[#;]/.test(line)) continue;
    const joined = open === undefined ? line : `${open} ${line}`;
    if (joined.endsWith("\\")) {
      open = joined.slice(0, -1);
      continue;
    }
    open = undefined;
    if (joined.trim() !== "") lines.push(joined.trim());
  }
  if (open !== undefined) lines.push(open.trim());
  return lines;
}

/** The last value of a key that has one, or undefined. */
export function single(section: Section, key: string): string | undefined {
  return section.get(key)?.at(-1);
}

/** The words of a list that may be given in several assignments. */
export function wordsOf(section: Section, key: string): string[] {
  return (section.get(key) ?? []).flatMap((value) => value.split(/\s+/));
}

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, "": 1, s: 1, sec: 1, min: 60 };

/** Seconds of a time span such as `2`, `500ms` or `1min`. Throws an Error that names unit and key for any other notation. */
export function seconds({ name }: Unit, key: string, text: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (amount === undefined || factor === undefined) throw new Error(`${name}: ${key}=${text} is not a time such as 30`);
  return Number(amount) * factor;
}
