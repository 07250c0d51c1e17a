/** Stopping a transfer in a phase for as long as a test wants: somebody whom the phase waits for does not answer. Settling waits for nobody. */
import type { Phase } from "../../../../services/contracts/transfers";
import { until } from "../../../support/until";
import type { SimulatedNode } from "../../support/simulated-node";
import type { System } from "../../support/system";

/** Where users of the table come from and go to. */
export const SOURCE = "free";
export const DESTINATION = "pro";

/** Phases that a transfer can be caught in, in their order; `aborting` is what a cancelled one passes. */
export const PAUSABLE = [
  "requested",
  "accepting",
  "forwarding",
  "stopping",
  "publishing",
  "settling",
  "aborting",
] as const;
export type PausablePhase = (typeof PAUSABLE)[number];

/** How a transfer ends by its rules that was caught in a phase, whatever is killed there and comes back. */
export function rightEnd(phase: PausablePhase): Extract<Phase, "done" | "aborted"> {
  return phase === "aborting" ? "aborted" : "done";
}

export interface Paused {
  /** The transfer, which is in the phase. */
  readonly id: string;
  /** Lets it go on. */
  readonly release: () => Promise<void>;
}

/** Begins to move a user and resolves once the transfer is in the phase, which it does not leave before it is released, or settled. */
export async function pauseIn(system: System, phase: PausablePhase, user: string): Promise<Paused> {
  const { fleet } = system;
  switch (phase) {
    case "requested":
      return await pauseInQueue(system, user);
    case "accepting":
      return await pauseAt(system, user, phase, holding(fleet.edgesOf(DESTINATION)));
    case "forwarding":
      return await pauseAt(system, user, phase, holding(fleet.edgesOf(SOURCE)));
    case "stopping":
      return await pauseAt(system, user, phase, holding(fleet.hostsOf(SOURCE)));
    case "publishing":
      return await pauseAt(system, user, phase, holding(system.nameServers.map(({ link }) => link)));
    case "settling":
      return await pauseAt(system, user, phase, UNHELD);
    case "aborting":
      return await pauseInAbort(system, user);
  }
}

/** Something that lasts until it is released. */
interface Hold {
  release(): void | Promise<void>;
}

type Holdable = Pick<SimulatedNode, "hold" | "release">;

function holding(nodes: readonly Holdable[]): Hold {
  for (const node of nodes) node.hold();
  return { release: () => nodes.forEach((node) => node.release()) };
}

/** Settling lasts by itself, for MAX_SETTLE_SECONDS: whoever kills something in it has to be quick. */
const UNHELD: Hold = { release: () => undefined };

async function pauseAt(system: System, user: string, phase: PausablePhase, hold: Hold): Promise<Paused> {
  const release = async () => await hold.release();
  try {
    const { id } = await system.client("operator").requestTransfer({ user, destination: DESTINATION });
    await system.reaches(id, phase);
    return { id, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** An evacuation that moves one user at a time, and whose first one does not get on. */
async function pauseInQueue(system: System, user: string): Promise<Paused> {
  const operator = system.client("operator");
  const other = `${user}-first`;
  await system.client("platform").createUser({ label: other, plan: "free", cluster: SOURCE });
  const hold = holding(system.fleet.edgesOf(DESTINATION));
  const release = () => Promise.resolve(hold.release());
  try {
    const { id: evacuation = "" } = await operator.startEvacuation({
      source: SOURCE,
      users: [other, user],
      destinations: [DESTINATION],
      concurrency: 1,
    });
    // Either may be the first; the one that waits is the one to watch.
    const id = await until("one transfer under way and one waiting", async () => {
      const { items } = await operator.listTransfers({ evacuation });
      const isOneUnderWay = items.some(({ phase }) => phase === "accepting");
      return isOneUnderWay ? items.find(({ phase }) => phase === "requested")?.id : undefined;
    });
    return { id, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** A transfer that is cancelled while the destination does not answer, and so cannot be told to forget it either. */
async function pauseInAbort(system: System, user: string): Promise<Paused> {
  const { fleet } = system;
  const hold = holding([...fleet.edgesOf(DESTINATION), ...fleet.hostsOf(DESTINATION)]);
  const paused = await pauseAt(system, user, "accepting", hold);
  await system.client("operator").cancelTransfer(paused.id);
  await system.reaches(paused.id, "aborting");
  return paused;
}
