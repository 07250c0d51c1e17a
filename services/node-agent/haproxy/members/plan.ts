/** From the servers that HAProxy has to those that it is to have. Pure. */
import type { Server } from "../runtime/answers";
import { serverIds } from "../server-id";
import type { Member } from "../settings";

/** What a server is to be: a member, with its id. */
export interface WantedServer {
  readonly member: Member;
  readonly id: number;
}

export interface ServerPlan {
  /** Servers that HAProxy does not have, and whose names and ids are free. */
  readonly add: readonly WantedServer[];
  /** Servers that got another address under their name. */
  readonly readdress: readonly WantedServer[];
  /** Servers that were being removed and are wanted after all. */
  readonly restore: readonly string[];
  /** Servers to be taken out; they can be deleted once nobody uses them. */
  readonly retire: readonly string[];
  /** Servers that were taken out. */
  readonly retired: readonly string[];
}

export function planServers(found: readonly Server[], members: readonly Member[], port: number): ServerPlan {
  const ids = serverIds(members.map(({ name }) => name));
  const wanted = new Map(members.map((member) => [member.name, { member, id: ids.get(member.name) ?? 0 }]));
  const byName = new Map(found.map((server) => [server.name, server]));
  const takenIds = new Set(found.map(({ id }) => id));
  const isWanted = ({ name, id }: Server) => wanted.get(name)?.id === id;
  const surplus = found.filter((server) => !isWanted(server));
  const kept = found.filter(isWanted).map((server) => ({ server, want: wanted.get(server.name) as WantedServer }));
  return {
    add: [...wanted.values()].filter(({ member, id }) => !byName.has(member.name) && !takenIds.has(id)),
    readdress: kept
      .filter(({ server, want }) => server.address !== want.member.address || server.port !== port)
      .map(({ want }) => want),
    restore: kept.filter(({ server }) => server.inMaintenance).map(({ server }) => server.name),
    retire: surplus.filter(({ inMaintenance }) => !inMaintenance).map(({ name }) => name),
    retired: surplus.filter(({ inMaintenance }) => inMaintenance).map(({ name }) => name),
  };
}
