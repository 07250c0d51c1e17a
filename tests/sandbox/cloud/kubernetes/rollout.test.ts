import fc from "fast-check";
import {
  boundsOf,
  nextStep,
  type DeploymentBounds,
  type DeploymentPod,
} from "../../../../sandbox/cloud/kubernetes/rollout/deployment";
import { deploymentPodName, revisionOf } from "../../../../sandbox/cloud/kubernetes/rollout/revision";
import {
  nextStep as nextOrdinals,
  type StatefulSetPod,
} from "../../../../sandbox/cloud/kubernetes/rollout/stateful-set";

const bounds: fc.Arbitrary<DeploymentBounds> = fc
  .record({ desired: fc.nat(6), maxSurge: fc.nat(3), maxUnavailable: fc.nat(3) })
  .map(({ desired, ...rest }) => boundsOf(desired, rest));

/** Pods of a Deployment, at most `most`; times of creation differ, as those of real ones nearly always do. */
function podsUpTo(most: number): fc.Arbitrary<DeploymentPod[]> {
  return fc
    .array(fc.record({ updated: fc.boolean(), available: fc.boolean() }), { maxLength: most })
    .map((pods) => pods.map((pod, index) => ({ ...pod, name: `pod-${index}`, createdAt: index })));
}

const situation = bounds.chain((bound) =>
  podsUpTo(bound.desired + bound.maxSurge).map((pods) => ({ bounds: bound, pods })),
);

const available = (pods: readonly DeploymentPod[]) => pods.filter((pod) => pod.available).length;

function take(pods: readonly DeploymentPod[], bound: DeploymentBounds): DeploymentPod[] {
  const { create, end } = nextStep(pods, bound);
  const made = Array.from({ length: create }, (_, index) => {
    return { name: `new-${pods.length}-${index}-${Math.random()}`, updated: true, available: false, createdAt: 100 };
  });
  return [...pods.filter(({ name }) => !end.includes(name)), ...made];
}

describe("a step of a Deployment", () => {
  it("never leaves fewer available than the desired number less maxUnavailable, unless there were fewer already", () => {
    fc.assert(
      fc.property(situation, ({ bounds: bound, pods }) => {
        const least = Math.min(available(pods), bound.desired - bound.maxUnavailable);
        expect(available(take(pods, bound))).toBeGreaterThanOrEqual(least);
      }),
    );
  });

  it("never makes more pods than the desired number and maxSurge", () => {
    fc.assert(
      fc.property(situation, ({ bounds: bound, pods }) => {
        const { create } = nextStep(pods, bound);
        expect(pods.length + create).toBeLessThanOrEqual(Math.max(pods.length, bound.desired + bound.maxSurge));
      }),
    );
  });

  it("leads to the desired number of updated pods when new ones become available", () => {
    fc.assert(
      fc.property(situation, ({ bounds: bound, pods }) => {
        let present: DeploymentPod[] = pods;
        for (let step = 0; step < 40; step++) {
          present = take(present, bound).map((pod) => (pod.updated ? { ...pod, available: true } : pod));
        }
        expect(present.map(({ updated }) => updated)).toEqual(Array.from({ length: bound.desired }, () => true));
        expect(nextStep(present, bound)).toEqual({ create: 0, end: [] });
      }),
    );
  });

  it("stops where new pods do not become available, with as many of the old as must be there", () => {
    fc.assert(
      fc.property(bounds, (bound) => {
        const old = Array.from({ length: bound.desired }, (_, index) => {
          return { name: `old-${index}`, updated: false, available: true, createdAt: index };
        });
        let present: DeploymentPod[] = old;
        for (let step = 0; step < 40; step++) present = take(present, bound);
        expect(available(present)).toBe(Math.max(0, bound.desired - bound.maxUnavailable));
      }),
    );
  });

  it("ends old pods that are not available first", () => {
    const pods = [true, false, true].map((isAvailable, index) => {
      return { name: `old-${index}`, updated: false, available: isAvailable, createdAt: index };
    });
    expect(nextStep(pods, boundsOf(2, { maxSurge: 1, maxUnavailable: 0 })).end).toEqual(["old-1"]);
  });
});

describe("bounds", () => {
  it.each([
    [4, {}, 1, 1],
    [3, {}, 1, 0],
    [2, { maxSurge: "50%", maxUnavailable: 0 }, 1, 0],
    [10, { maxSurge: "15%", maxUnavailable: "15%" }, 2, 1],
    [2, { maxSurge: 0, maxUnavailable: "10%" }, 0, 1],
  ])("of %i replicas with %j are %i more and %i fewer", (desired, declared, maxSurge, maxUnavailable) => {
    expect(boundsOf(desired, declared)).toEqual({ desired, maxSurge, maxUnavailable });
  });
});

const ordinalPods = fc
  .uniqueArray(
    fc.record({
      ordinal: fc.nat(5),
      updated: fc.boolean(),
      available: fc.boolean(),
      terminating: fc.boolean(),
    }),
    { selector: ({ ordinal }) => ordinal },
  )
  .map((pods) => pods.sort((a, b) => a.ordinal - b.ordinal));

describe("a step of a StatefulSet", () => {
  it("takes at most one pod away for an update, and only when all above it are updated and available", () => {
    fc.assert(
      fc.property(ordinalPods, fc.nat(6), (pods, desired) => {
        const updated = nextOrdinals(pods, desired).end.filter((ordinal) => ordinal < desired);
        expect(updated.length).toBeLessThanOrEqual(1);
        for (const ordinal of updated) {
          const above = pods.filter((pod) => pod.ordinal > ordinal && pod.ordinal < desired);
          expect(above.every((pod) => pod.updated && pod.available && !pod.terminating)).toBe(true);
          expect(pods.find((pod) => pod.ordinal === ordinal)).toMatchObject({ updated: false, terminating: false });
        }
      }),
    );
  });

  it("never makes an ordinal that is still there, nor one beyond the desired number", () => {
    fc.assert(
      fc.property(ordinalPods, fc.nat(6), (pods, desired) => {
        const present = pods.map(({ ordinal }) => ordinal).filter((ordinal) => ordinal < desired);
        const { create } = nextOrdinals(pods, desired);
        expect([...create, ...present].sort()).toEqual(Array.from({ length: desired }, (_, ordinal) => ordinal));
      }),
    );
  });

  it("leads to the desired number of updated pods when new ones become available", () => {
    fc.assert(
      fc.property(ordinalPods, fc.nat(6), (pods, desired) => {
        let present: StatefulSetPod[] = pods;
        for (let step = 0; step < 40; step++) {
          const { create, end } = nextOrdinals(present, desired);
          present = present
            .filter(({ terminating }) => !terminating)
            .map((pod) => ({
              ...pod,
              available: pod.available || pod.updated,
              terminating: end.includes(pod.ordinal),
            }));
          for (const ordinal of create) present.push({ ordinal, updated: true, available: false, terminating: false });
        }
        expect(present.map(({ ordinal }) => ordinal).sort()).toEqual(Array.from({ length: desired }, (_, i) => i));
        expect(present.every(({ updated, available: isAvailable }) => updated && isAvailable)).toBe(true);
      }),
    );
  });

  it("does not wait for an old pod that is not available: it is what the update mends", () => {
    const pods = [true, false].map((isAvailable, ordinal) => {
      return { ordinal, updated: false, available: isAvailable, terminating: false };
    });
    expect(nextOrdinals(pods, 2).end).toEqual([1]);
  });
});

describe("revisions", () => {
  it("are the same for the same content in another order, and differ otherwise", () => {
    const revision = revisionOf({ spec: { a: 1, b: [{ c: 2, d: 3 }] } });
    expect(revisionOf({ spec: { b: [{ d: 3, c: 2 }], a: 1 } })).toBe(revision);
    expect(revisionOf({ spec: { a: 1, b: [{ c: 2, d: 4 }] } })).not.toBe(revision);
    expect(revision).toMatch(/^[bcdfghjklmnpqrstvwxz2-9]{10}$/);
  });

  it("are part of pods' names", () => {
    expect(deploymentPodName("api", "x".repeat(10))).toMatch(/^api-x{10}-[bcdfghjklmnpqrstvwxz2-9]{5}$/);
  });
});
