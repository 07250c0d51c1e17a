/** What is killed, and brought back as its supervisor would. */
import type { System } from "../../support/system";

export const VICTIMS = ["control API", "node agent", "Knot", "PostgreSQL"] as const;
export type Victim = (typeof VICTIMS)[number];

/** A process that ends at once and comes back when it is told to. */
export interface Victimized {
  readonly kill: () => Promise<void>;
  /** Resolves once it serves again. */
  readonly restart: () => Promise<void>;
}

/** The victim in a system; of several name servers the first, so that another is left to answer. */
export function victimOf(system: System, victim: Victim): Victimized {
  const [nameServer] = system.nameServers;
  if (nameServer === undefined) throw new Error("there is no name server to kill anything of");
  switch (victim) {
    case "control API":
      return {
        kill: async () => void (await Promise.all(system.replicas.map((replica) => replica.kill()))),
        restart: async () => void (await Promise.all(system.replicas.map((replica) => replica.start()))),
      };
    case "node agent":
      return { kill: () => nameServer.agent.kill(), restart: () => nameServer.agent.start() };
    case "Knot":
      return { kill: () => nameServer.knot.kill(), restart: () => nameServer.knot.start() };
    case "PostgreSQL":
      return { kill: () => system.postgres.kill(), restart: () => system.postgres.restart(true) };
  }
}
