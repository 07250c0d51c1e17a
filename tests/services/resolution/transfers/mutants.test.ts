/**
 * What the model's tests are worth: the machine with one mistake planted in it, each of which a life must be found to expose.
 * A mistake is made in the step that the real machine decides on, or in what it is told before it decides.
 */
import fc from "fast-check";
import type { Mode } from "../../../../services/contracts/transfers";
import type { Facts, Step, Surroundings } from "../../../../services/resolution/transfers/facts";
import type { decide as realDecide } from "../../../../services/resolution/transfers/machine";
import { NodesBehind } from "../../../../services/resolution/transfers/nodes-behind";
import type { TransferTimings } from "../../../../services/resolution/transfers/timings";
import { lives } from "./model/run";

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

const MUTANTS: Record<string, { mutant: Mutant; caught: RegExp; modes?: readonly Mode[] }> = {
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
  "leaves the hosts' entries behind": {
    mutant: silent("done", (scope) => scope.startsWith("host:")),
    caught: /I5/,
  },
  "leaves the name servers at the old answer": {
    mutant: silent("publishing", (scope) => scope === "dns"),
    caught: /I2|I3|I5/,
  },
  "waits for no live host in an emergency either": {
    mutant: impatient("stopping"),
    caught: /I1/,
    modes: ["emergency"],
  },
};

/** Lives that are tried, always the same ones: the rarest of these mistakes shows in one of some hundreds. */
const LIVES = 5_000;
const SEED = 4;

afterEach(() => {
  mutant = (real) => real;
});

describe("the model catches a machine that", () => {
  it.each(Object.entries(MUTANTS))(
    "%s",
    async (_, planted) => {
      mutant = planted.mutant;
      const found = await fc.check(lives(planted.modes ?? ["planned"]), {
        numRuns: LIVES,
        seed: SEED,
        endOnFailure: true,
      });
      expect(found.failed).toBe(true);
      expect(String(found.errorInstance)).toMatch(planted.caught);
    },
    60_000,
  );
});
