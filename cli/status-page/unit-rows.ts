/** What runs in each failure domain, as the page shows it. Pure. */
import type { Unit } from "../../sandbox/cloud/controller";
import type { Level } from "./health";
import type { UnitReading } from "./reading";

export interface UnitPanel {
  readonly domains: readonly { readonly name: string; readonly summary: string; readonly units: readonly UnitRow[] }[];
  /** Why there is nothing to show; empty where there is. */
  readonly trouble: string;
}

export interface UnitRow {
  readonly name: string;
  readonly kind: string;
  readonly role: string;
  readonly address: string;
  readonly level: Level;
  /** `running`, or what is the matter. */
  readonly state: string;
}

/** Units by failure domain: those of `order` in their order, then any others. */
export function unitPanel(reading: UnitReading, order: readonly string[]): UnitPanel {
  if ("trouble" in reading) return { domains: [], trouble: reading.trouble };
  const { units } = reading;
  const names = [...new Set([...order, ...units.map(({ failureDomain }) => failureDomain)])];
  const domains = names.map((name) => domainOf(name, units)).filter(({ units: own }) => own.length > 0);
  return { domains, trouble: domains.length === 0 ? "nothing runs" : "" };
}

function domainOf(name: string, all: readonly Unit[]): UnitPanel["domains"][number] {
  const units = all.filter(({ failureDomain }) => failureDomain === name).sort(byRole);
  const healthy = units.filter((unit) => unit.healthy).length;
  return { name, summary: `${healthy} of ${units.length} healthy`, units: units.map(unitRow) };
}

function byRole(a: Unit, b: Unit): number {
  const [left, right] = [`${a.role} ${a.name}`, `${b.role} ${b.name}`];
  return left < right ? -1 : 1;
}

function unitRow({ name, kind, role, address, healthy, trouble }: Unit): UnitRow {
  return {
    name,
    kind,
    role,
    address,
    level: healthy ? "good" : "bad",
    state: healthy ? "running" : (trouble ?? "not healthy"),
  };
}
