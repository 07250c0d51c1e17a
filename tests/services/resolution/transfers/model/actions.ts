/** What can happen in the world, as values that fast-check draws, shrinks and prints. */
import fc from "fast-check";
import type { Mode } from "../../../../../services/contracts/transfers";
import { STAGES, type Stage } from "./node";

/** What may happen at any time, also while the driver is in the midst of something. Numbers choose from what there is. */
export type Event =
  | { readonly event: "nothing" }
  | { readonly event: "wait"; readonly ms: number }
  | { readonly event: "wall clock jumps"; readonly ms: number }
  | {
      readonly event: "node follows";
      readonly node: number;
      readonly entries: number;
      readonly compacted: boolean;
      readonly until: Stage;
    }
  | { readonly event: "node catches up"; readonly node: number }
  | { readonly event: "acknowledgement arrives"; readonly which: number; readonly again: boolean }
  | { readonly event: "acknowledgement is lost"; readonly which: number }
  | { readonly event: "node loses its connection"; readonly node: number; readonly unnoticed: boolean }
  | { readonly event: "node connects"; readonly node: number }
  | { readonly event: "node crashes"; readonly node: number; readonly withMachine: boolean }
  | { readonly event: "node starts"; readonly node: number }
  | { readonly event: "node is replaced"; readonly node: number }
  | { readonly event: "node is recreated"; readonly node: number }
  | { readonly event: "replica dies"; readonly replica: number }
  | { readonly event: "client looks up"; readonly user: number; readonly server: number; readonly stretch: number }
  | { readonly event: "client visits"; readonly user: number; readonly entrance: number; readonly choice: number }
  /** By an answer that is older than any may be. */
  | { readonly event: "client strays"; readonly user: number; readonly cluster: number; readonly choice: number }
  | { readonly event: "host reviews"; readonly host: number }
  | { readonly event: "answer arrives"; readonly which: number }
  | { readonly event: "answer is lost"; readonly which: number };

/**
 * What happens at each point where the driver can be interrupted, in turn. Two things end what it is doing: its connection is
 * lost; or PostgreSQL has given up its session before it notices, and the other replica's driver has taken all steps that it can.
 */
export type Meanwhile = readonly (
  Event | { readonly event: "connection is lost" } | { readonly event: "another driver takes over" }
)[];

/** What befalls the driver, or is asked of it. */
export type Command =
  /** All is well for a while, but for one node, which gets no further than `until`, or does nothing; or for none. */
  | {
      readonly event: "time passes";
      readonly seconds: number;
      readonly without: number;
      readonly until: Stage | "nothing";
      readonly traffic: boolean;
    }
  | { readonly event: "driver crashes" }
  /** `followed`: nodes have done what they can before, so that there is something to be done. */
  | { readonly event: "driver looks"; readonly followed: boolean; readonly meanwhile: Meanwhile }
  | { readonly event: "transfer"; readonly user: number; readonly destination: number; readonly mode: Mode }
  | { readonly event: "cancel"; readonly user: number }
  | { readonly event: "cluster is told"; readonly cluster: number; readonly active: boolean }
  | {
      readonly event: "evacuate";
      readonly source: number;
      readonly destination: number;
      readonly mode: Mode;
      readonly rate: number;
      readonly concurrency: number;
    }
  | { readonly event: "evacuation is told"; readonly which: number; readonly state: "running" | "paused" | "aborting" };

export type Action = Event | Command;

const seconds = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 }));
const number = fc.nat({ max: 20 });
const ms = fc.oneof(fc.nat({ max: 1_500 }), fc.nat({ max: 60_000 }));
const event = <E extends string, T extends object>(name: E, rest: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record({ event: fc.constant(name), ...rest }) as unknown as fc.Arbitrary<{ event: E } & T>;

const progress: fc.Arbitrary<Event> = fc.oneof(
  event("node catches up", { node: number }),
  event("node follows", {
    node: number,
    entries: fc.oneof(fc.nat({ max: 4 }), fc.constant(Infinity)),
    compacted: fc.boolean(),
    until: fc.constantFrom(...STAGES),
  }),
  event("acknowledgement arrives", { which: number, again: fc.boolean() }),
  event("node connects", { node: number }),
  event("node starts", { node: number }),
  event("client looks up", { user: number, server: number, stretch: fc.double({ min: 0, max: 1, noNaN: true }) }),
  event("client visits", { user: number, entrance: number, choice: number }),
  event("client strays", { user: number, cluster: number, choice: number }),
  event("host reviews", { host: number }),
  event("answer arrives", { which: number }),
  event("wait", { ms }),
);

const fault: fc.Arbitrary<Event> = fc.oneof(
  event("acknowledgement is lost", { which: number }),
  event("answer is lost", { which: number }),
  event("node loses its connection", { node: number, unnoticed: fc.boolean() }),
  event("node crashes", { node: number, withMachine: fc.boolean() }),
  event("node is replaced", { node: number }),
  event("node is recreated", { node: number }),
  event("replica dies", { replica: fc.nat({ max: 1 }) }),
  event("wall clock jumps", { ms: fc.integer({ min: -1e10, max: 1e10 }) }),
);

const meanwhile = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ event: "nothing" } as const) },
  { weight: 4, arbitrary: progress },
  { weight: 1, arbitrary: fault },
  { weight: 1, arbitrary: fc.constant({ event: "connection is lost" } as const) },
  { weight: 1, arbitrary: fc.constant({ event: "another driver takes over" } as const) },
);

/** Actions with transfers of these modes. Good moments are frequent enough that most transfers get somewhere. */
export function action(modes: readonly Mode[]): fc.Arbitrary<Action> {
  const mode = fc.constantFrom(...modes);
  const users = event("transfer", { user: number, destination: number, mode });
  const many = event("evacuate", {
    source: number,
    destination: number,
    mode,
    rate: fc.constantFrom(0.5, 2, 100),
    concurrency: fc.integer({ min: 1, max: 3 }),
  });
  const state = fc.constantFrom("running", "paused", "aborting");
  const look = { followed: fc.boolean(), meanwhile: fc.array(meanwhile, { maxLength: 8 }) };
  const until = fc.constantFrom("nothing", ...STAGES);
  return fc.oneof(
    { weight: 8, arbitrary: event("driver looks", look) },
    { weight: 8, arbitrary: event("time passes", { seconds, without: number, until, traffic: fc.boolean() }) },
    { weight: 8, arbitrary: progress },
    { weight: 2, arbitrary: fault },
    { weight: 5, arbitrary: users },
    { weight: 1, arbitrary: many },
    { weight: 1, arbitrary: event("cancel", { user: number }) },
    { weight: 1, arbitrary: event("cluster is told", { cluster: number, active: fc.boolean() }) },
    { weight: 1, arbitrary: event("evacuation is told", { which: number, state }) },
    { weight: 1, arbitrary: fc.constant({ event: "driver crashes" } as const) },
  );
}
