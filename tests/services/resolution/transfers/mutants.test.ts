/**
 * What the model's tests are worth: the machine with one mistake planted in it, each of which a life must be found to expose.
 * A mistake is made in the step that the real machine decides on, or in what it is told before it decides.
 */
import type { Facts, Step, Surroundings } from "../../../../services/resolution/transfers/facts";
import type { decide as realDecide } from "../../../../services/resolution/transfers/machine";
import { type LaggingNode, NodesBehind } from "../../../../services/resolution/transfers/nodes-behind";
import type { TransferTimings } from "../../../../services/resolution/transfers/timings";
import { expectCaught, TIMEOUT_MS, type Mistake } from "./model/mistakes";

type Decide = typeof realDecide;
type Mutant = (real: Decide) => Decide;

let mutant: Mutant = (real) => real;

jest.mock("../../../../services/resolution/transfers/machine", () => {
  const actual = jest.requireActual<{ decide: Decide }>("../../../../services/resolution/transfers/machine");
  return {
    ...actual,
    decide: (facts: Facts, surroundings: Surroundings, timings: TransferTimings) =>
      mutant(actual.decide)(facts, surroundings, timings),
  };
});

/** Believes every node to have acknowledged everything while in the phase. */
function impatient(phase: Facts["transfer"]["phase"]): Mutant {
  return (real) => (facts, surroundings, timings) => {
    const nodes = facts.transfer.phase === phase ? new NodesBehind([], []) : surroundings.nodes;
    return real(facts, { ...surroundings, nodes }, timings);
  };
}

/** Takes the step that the real machine takes, but changes it. */
function clumsy(change: (step: Step, facts: Facts) => Step): Mutant {
  return (real) => (facts, surroundings, timings) => {
    const step = real(facts, surroundings, timings);
    return step === undefined ? undefined : change(step, facts);
  };
}

/** Does not tell nodes of a kind of entry. */
function silent(phase: Step["phase"], about: (scope: string, key: string, facts: Facts) => boolean): Mutant {
  return clumsy((step, facts) =>
    step.phase !== phase ? step : { ...step, feed: step.feed.filter(({ scope, key }) => !about(scope, key, facts)) },
  );
}

const MACHINES: Record<string, Mistake & { readonly mutant: Mutant }> = {
  "releases the destination before the source's hosts have stopped": { mutant: impatient("stopping"), caught: /I1/ },
  "lets the destination's hosts start while the user is only arriving": {
    mutant: clumsy((step, { transfer }) =>
      step.phase !== "accepting"
        ? step
        : {
            ...step,
            feed: step.feed.map((write) =>
              write.scope === `host:${transfer.destination}` ? { ...write, value: { residency: "resident" } } : write,
            ),
          },
    ),
    caught: /I1/,
  },
  "stops the source's hosts before its edges forward": { mutant: impatient("forwarding"), caught: /I2/ },
  "forwards before the destination's edges have dropped their tombstones": {
    mutant: impatient("accepting"),
    caught: /I2/,
  },
  "does not re-point older tombstones": {
    mutant: silent("forwarding", (scope, _, { transfer }) => scope !== `edge:${transfer.source}`),
    caught: /I2|I5/,
  },
  "puts the destination's tombstone back before the source's edges have stopped forwarding": {
    mutant: impatient("aborting"),
    caught: /I2/,
  },
  "removes tombstones a little before the last answer dies": {
    mutant: (real) => (facts, surroundings, timings) =>
      real(facts, surroundings, { ...timings, quietSeconds: 0, graceSeconds: timings.graceSeconds - 1 }),
    caught: /I3/,
  },
  "takes name servers to have published that have not": { mutant: impatient("publishing"), caught: /I2|I3/ },
  "removes tombstones while the user is moved on": {
    mutant: (real) => (facts, surroundings, timings) => real({ ...facts, moving: false }, surroundings, timings),
    caught: /I2|I3|I5/,
  },
  "counts an arrival twice": {
    mutant: clumsy((step) =>
      step.home === undefined ? step : { ...step, counts: [...(step.counts ?? []), ...(step.counts ?? [])] },
    ),
    caught: /I4/,
  },
  "forgets to give room back when it aborts": {
    mutant: clumsy((step) => (step.phase === "aborting" ? { ...step, counts: [] } : step)),
    caught: /I4/,
  },
  "does not take the tombstones of the transfer before": {
    mutant: clumsy((step) => (step.phase === "publishing" ? { ...step, supersedes: [] } : step)),
    caught: /I2|I3|I4|I5/,
  },
  "forgets a transfer that some name server has not published in time": {
    mutant: (real) => (facts, surroundings, timings) =>
      facts.transfer.phase === "settling" && facts.transfer.publishedMs === undefined
        ? undefined
        : real(facts, surroundings, timings),
    caught: /I4/,
  },
  "leaves the hosts' entries behind": {
    mutant: silent("done", (scope) => scope.startsWith("host:")),
    caught: /I5/,
  },
  "leaves the name servers at the old answer": {
    mutant: silent("publishing", (scope) => scope === "dns"),
    caught: /I2|I3|I5/,
  },
  "does not note whom it left out in an emergency": {
    mutant: clumsy((step) => ({ ...step, skipped: [] })),
    caught: /I1|I2/,
    modes: ["emergency"],
  },
  "waits for no live host in an emergency either": {
    mutant: impatient("stopping"),
    caught: /I1/,
    modes: ["emergency"],
  },
  "takes a silent node for gone in a planned transfer": {
    mutant: (real) => (facts, surroundings, timings) =>
      real(facts, { ...surroundings, nodes: new OnlyLive(surroundings.nodes) }, timings),
    caught: /I1|I2|I3/,
  },
};

/** Leaves silent nodes out. */
class OnlyLive extends NodesBehind {
  constructor(private readonly nodes: NodesBehind) {
    super([], []);
  }

  override lagging(transfer: Parameters<NodesBehind["lagging"]>[0]): LaggingNode[] {
    return this.nodes.lagging(transfer).filter(({ live }) => live);
  }

  override hasLive(scope: Parameters<NodesBehind["hasLive"]>[0]): boolean {
    return this.nodes.hasLive(scope);
  }
}

afterEach(() => {
  mutant = (real) => real;
});

describe("the model catches a machine that", () => {
  it.each(Object.entries(MACHINES))(
    "%s",
    async (_, planted) => {
      mutant = planted.mutant;
      await expectCaught(planted);
    },
    TIMEOUT_MS,
  );
});
