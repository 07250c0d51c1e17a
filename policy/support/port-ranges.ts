/** Port ranges as Google Cloud writes them: `"22"`, `"8000-8090"`, or no list at all for every port. Pure. */
import { elements, isMissing, text, UNKNOWN } from "./values";

/** Ports from `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export const ALL_PORTS: PortRange = { first: 0, last: 65_535 };

const PATTERN = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/;

/** Reads `"22"` or `"1-65535"`; undefined when it is neither, or names a port above 65535, or runs backwards. */
export function parsePortRange(range: string): PortRange | undefined {
  const match = PATTERN.exec(range);
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first <= last && last <= ALL_PORTS.last ? { first, last } : undefined;
}

/**
 * The ranges of a `ports` property. No list, or an empty one, means every port. What cannot be read counts as every
 * port, because a rule must not be passed by writing nonsense; what is not known yet counts as none.
 */
export function portRanges(ports: unknown): readonly PortRange[] {
  if (ports === UNKNOWN) return [];
  if (isMissing(ports)) return [ALL_PORTS];
  return elements(ports)
    .filter((port) => port !== UNKNOWN)
    .map((port) => parsePortRange(text(port) ?? String(port)) ?? ALL_PORTS);
}

/** Whether the port lies in one of the ranges. */
export function includesPort(ranges: readonly PortRange[], port: number): boolean {
  return ranges.some(({ first, last }) => first <= port && port <= last);
}

/** Whether the ranges hold nothing but the given ports. */
export function onlyPorts(ranges: readonly PortRange[], allowed: readonly number[]): boolean {
  return ranges.every(({ first, last }) => {
    const inside = new Set(allowed.filter((port) => first <= port && port <= last));
    return inside.size === last - first + 1;
  });
}

/** `22`, `1-65535`. */
export function formatPortRange({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}
