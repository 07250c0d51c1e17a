/** Words of a transfer, shared by whoever runs, shows or waits for one. */

/** Phases in their order. `aborting` puts everything back and ends in `aborted`; `superseded` ends `settling` early. */
export const PHASES = [
  "requested",
  "accepting",
  "forwarding",
  "stopping",
  "publishing",
  "settling",
  "done",
  "aborting",
  "aborted",
  "superseded",
] as const;
export type Phase = (typeof PHASES)[number];

/** Phases in which a user is being moved: at most one such transfer per user. */
export const RUNNING_PHASES = ["requested", "accepting", "forwarding", "stopping", "publishing", "aborting"] as const;
/** Phases that nothing follows. */
export const FINAL_PHASES = ["done", "aborted", "superseded"] as const;
/** Phases from which a caller may cancel: no request has been forwarded yet. */
export const CANCELLABLE_PHASES = ["requested", "accepting"] as const;

/**
 * `planned` waits for every node concerned, and puts everything back when one does not answer in time. `emergency` waits
 * only for nodes that are alive: that at most one cluster runs the user's containers then rests on the others being down.
 */
export const MODES = ["planned", "emergency"] as const;
export type Mode = (typeof MODES)[number];

/** States of an evacuation, which is many transfers under one rate limit. */
export const EVACUATION_STATES = ["running", "paused", "aborting", "aborted", "done"] as const;
export type EvacuationState = (typeof EVACUATION_STATES)[number];
