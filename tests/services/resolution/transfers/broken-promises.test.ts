/**
 * What transfers rely on: each of the promises that nodes, store and clock give is broken once, and a life must be found that
 * exposes it. So it also shows that faults of every kind do happen in lives, and that the machine does not ask for too much.
 */
import { MemoryTransferStore, SessionLost } from "./model/memory-store";
import { expectCaught, TIMEOUT_MS, type Mistake } from "./model/mistakes";
import { ModelNode } from "./model/node";
import { HostNode } from "./model/nodes";
import type { Tables } from "./model/tables";
import { World } from "./model/world";

type Method = (...args: never[]) => unknown;
type MethodOf<T> = { [K in keyof T]: T[K] extends Method ? K : never }[keyof T];
type ArgumentsOf<M> = M extends (...args: infer A) => unknown ? A : never;

/** Puts something else in a method's place until mocks are restored; `real` does what the method did. */
function instead<T extends object, K extends MethodOf<T>>(
  prototype: T,
  method: K,
  mistake: (self: T, args: ArgumentsOf<T[K]>, real: () => unknown) => unknown,
): void {
  const real = Reflect.get(prototype, method) as (...args: unknown[]) => unknown;
  const planted = function (this: T, ...args: unknown[]) {
    return mistake(this, args as ArgumentsOf<T[K]>, () => real.apply(this, args));
  };
  jest.spyOn(prototype as Record<K, Method>, method as never).mockImplementation(planted as never);
}

/** What the store keeps to itself. */
const store = MemoryTransferStore.prototype as unknown as Record<
  "nowMs" | "requireLock" | "enterPhase",
  () => unknown
> & { readonly tables: Tables };
const CRASH_EVERY_STEPS = 7;

const BROKEN: Record<string, Mistake & { readonly plant: () => void }> = {
  "nodes acknowledge only what they have put in force": {
    plant: () =>
      instead(World.prototype, "follow", ({ tables }, [node], real) => {
        real();
        if (node.connected) tables.acknowledge(node.name, node.incarnation, tables.revision);
      }),
    caught: /I1|I2|I3/,
  },
  "nodes serve only once they have had all of the feed": {
    plant: () => {
      jest.spyOn(ModelNode.prototype, "serves", "get").mockImplementation(function (this: ModelNode) {
        return this.up;
      });
    },
    caught: /I2|I3/,
  },
  "nodes keep what they were told when they crash": {
    plant: () =>
      instead(ModelNode.prototype, "start", (self, _, real) => {
        const { ready, up } = self;
        if (!up) self.recreate();
        self.ready = ready;
        real();
      }),
    caught: /I2|I3/,
  },
  "hosts without an entry ask before they start containers": {
    plant: () =>
      instead(HostNode.prototype, "serve", (self, [user], real) => {
        if (real() !== undefined) self.running.add(user);
      }),
    caught: /I1/,
  },
  "hosts forget an answer when they have heard of the user since they asked": {
    plant: () =>
      instead(HostNode.prototype, "hear", (self, [{ user }, mayRun]) => {
        if (mayRun && self.up) self.running.add(user);
      }),
    caught: /I1/,
  },
  "the service clock is not that on the wall": {
    plant: () => instead(store, "nowMs", ({ tables }) => Math.max(tables.clockMs, Date.now())),
    caught: /I3|I4/,
  },
  "a driver without the lock can write nothing": {
    plant: () => instead(store, "requireLock", () => undefined),
    caught: /I4/,
  },
  "a step is written whole or not at all": {
    plant: () => {
      let steps = 0;
      instead(store, "enterPhase", (_, __, real) => {
        if (++steps % CRASH_EVERY_STEPS === 0) throw new SessionLost();
        return real();
      });
    },
    caught: /I4|I5/,
  },
};

afterEach(() => {
  jest.restoreAllMocks();
});

describe("the invariants rest on the promise that", () => {
  it.each(Object.entries(BROKEN))(
    "%s",
    async (_, broken) => {
      broken.plant();
      await expectCaught(broken);
    },
    TIMEOUT_MS,
  );
});
