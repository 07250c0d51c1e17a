/** Failure domains as the page shows them. Pure. */
import { SHARED } from "../../config/names";
import type { Cluster } from "../../services/contracts/resources";
import { grouped } from "../control-api/evacuation-view";
import { clusterHealth, HEALTH, sharedHealth, type Level } from "./health";
import type { Reading } from "./reading";

/** A cluster fuller than this is worth a look before it refuses users. */
const NEARLY_FULL = 0.9;

export interface DomainRow {
  readonly name: string;
  /** Where it is, and how it is used: `europe-west1, active`. */
  readonly about: string;
  readonly level: Level;
  readonly health: string;
  readonly trouble: readonly string[];
  readonly machines: readonly string[];
  /** None for what holds no users. */
  readonly load?: Load;
}

export interface Load {
  readonly users: number;
  readonly maxUsers: number;
  /** Users on their way, who count against the cap. */
  readonly arriving: number;
  /** Parts of the cap that users take, and those who arrive: 0 to 1 in all. */
  readonly used: number;
  readonly coming: number;
  readonly level: Level;
  /** `150,000 of 200,000`. */
  readonly text: string;
  /** `12 arriving`; empty for none. */
  readonly arrivingText: string;
  /** `49,988`, or why there is none. */
  readonly room: string;
  /** Whether users may be moved there. */
  readonly open: boolean;
}

export function domainRows({ clusters, nodes }: Reading, late: ReadonlySet<string>): DomainRow[] {
  const rows = [...clusters].sort(byName).map((cluster): DomainRow => {
    const health = clusterHealth(cluster, nodes, late);
    return {
      name: cluster.name,
      about: `${cluster.region}, ${cluster.lifecycle}`,
      ...health,
      health: HEALTH[health.level],
      load: loadOf(cluster),
    };
  });
  const shared = sharedHealth(nodes, late);
  return [...rows, { name: SHARED, about: "resolution service, zone", ...shared, health: HEALTH[shared.level] }];
}

function byName(a: Cluster, b: Cluster): number {
  return a.name < b.name ? -1 : 1;
}

function loadOf({ users, arriving, maxUsers, headroom, lifecycle }: Cluster): Load {
  const part = (count: number) => (maxUsers === 0 ? 1 : Math.min(1, count / maxUsers));
  const used = part(users);
  const taken = part(users + arriving);
  return {
    users,
    maxUsers,
    arriving,
    used,
    coming: taken - used,
    level: taken >= NEARLY_FULL ? "warn" : "good",
    text: `${grouped(users)} of ${grouped(maxUsers)}`,
    arrivingText: arriving === 0 ? "" : `${grouped(arriving)} arriving`,
    room: lifecycle !== "active" ? `none: ${lifecycle}` : headroom === 0 ? "none: full" : grouped(headroom),
    open: headroom > 0,
  };
}
