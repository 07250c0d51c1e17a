/** Paths in an edge's directory, which HAProxy and the agent beside it share. Pure. */
import { join } from "node:path";

/** The maps: what is known of users who have moved away, and of custom domains. */
export const MAP_NAMES = ["tombstones", "domains"] as const;
export type MapName = (typeof MAP_NAMES)[number];

/** A map is a big `base` and a small `recent` that overrides it, so that a change rewrites little. */
export interface MapFiles {
  readonly base: string;
  readonly recent: string;
}

/** Value in a `recent` map that stands for no entry, whatever `base` says. No cluster and no host is called so. */
export const NO_ENTRY = "-";

export interface EdgeFiles {
  readonly config: string;
  readonly maps: Readonly<Record<MapName, MapFiles>>;
  /** HAProxy's runtime API. */
  readonly runtimeSocket: string;
  /** Its master's, for reloads. */
  readonly masterSocket: string;
}

export function filesIn(directory: string): EdgeFiles {
  const mapFiles = (name: MapName): MapFiles => ({
    base: join(directory, "maps", `${name}.base.map`),
    recent: join(directory, "maps", `${name}.recent.map`),
  });
  return {
    config: join(directory, "haproxy.cfg"),
    maps: { tombstones: mapFiles("tombstones"), domains: mapFiles("domains") },
    runtimeSocket: join(directory, "runtime.sock"),
    masterSocket: join(directory, "master.sock"),
  };
}
