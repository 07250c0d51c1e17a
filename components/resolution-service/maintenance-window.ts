/** When GKE may upgrade the clusters of the service. Pure. */

/** Days of the week as RFC 5545 writes them, in pairs without a common day. */
const DAY_PAIRS = [
  ["MO", "WE"],
  ["TU", "TH"],
] as const;

/** A recurring window in GKE's terms. */
export interface MaintenanceWindow {
  /** Start and end of the first occurrence; only the time of day matters. */
  readonly startTime: string;
  readonly endTime: string;
  /** RFC 5545 recurrence rule. */
  readonly recurrence: string;
}

/**
 * A region's window: eight hours from midnight UTC on two working days. Two regions next to each other in the alphabet
 * never have the same days, so an upgrade that goes wrong shows in one region while the others still serve. GKE asks for
 * 48 hours within 32 days, and two days a week give at least 64.
 */
export function maintenanceWindow(region: string, regions: readonly string[]): MaintenanceWindow {
  const index = [...regions].sort().indexOf(region);
  if (index < 0) throw new RangeError(`${region} is none of the service's regions: ${regions.join(", ")}`);
  const days = DAY_PAIRS[index % DAY_PAIRS.length] ?? DAY_PAIRS[0];
  return {
    startTime: "2026-01-01T00:00:00Z",
    endTime: "2026-01-01T08:00:00Z",
    recurrence: `FREQ=WEEKLY;BYDAY=${days.join(",")}`,
  };
}
