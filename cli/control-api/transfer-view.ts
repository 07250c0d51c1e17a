/** A transfer in words. Pure. */
import type { Transfer } from "../../services/contracts/resources";
import { FINAL_PHASES, PHASES, type Phase } from "../../services/contracts/transfers";

/** Most nodes that are named one by one. */
const NAMED_NODES = 5;

/** The way of a transfer that succeeds, up to where its user has moved. */
const WAY: readonly Phase[] = PHASES.slice(0, PHASES.indexOf("settling") + 1);

const MEANING: Readonly<Record<Phase, (transfer: Transfer) => string>> = {
  requested: ({ source, destination }) => `from ${source} to ${destination}`,
  accepting: ({ destination }) => `${destination} gets ready to hold requests`,
  forwarding: ({ source, destination }) => `${source} sends requests on to ${destination}`,
  stopping: ({ source, destination }) => `${source} stops the containers, ${destination} may then start them`,
  publishing: ({ destination }) => `name servers learn that the user lives in ${destination}`,
  settling: ({ source }) => `moved; ${source} goes on forwarding until cached answers are gone`,
  done: () => "moved, and nothing of it is left behind",
  aborting: ({ source, outcome }) => `back to ${source}: ${outcome ?? "it was cancelled"}`,
  aborted: ({ source, outcome }) => `the user still lives in ${source}: ${outcome ?? "it was cancelled"}`,
  superseded: () => "moved; a later transfer has taken the user on",
};

/** The phase, and what happens in it. */
export function phaseLine(transfer: Transfer, phase = transfer.phase): string {
  return `${phase.padEnd("publishing".length)}  ${phaseMeaning(transfer, phase)}`;
}

/** What happens in the phase. */
export function phaseMeaning(transfer: Transfer, phase = transfer.phase): string {
  return MEANING[phase](transfer);
}

/** The phases that a transfer has entered since it was seen in `before`: it may be faster than anybody looks. */
export function phasesSince(before: Phase | undefined, now: Phase): Phase[] {
  if (before === now) return [];
  const from = before === undefined ? 0 : WAY.indexOf(before) + 1;
  const to = WAY.indexOf(now);
  return to < from ? [now] : WAY.slice(from, to + 1);
}

/** Whether the user lives at the destination for all who ask. */
export function hasMoved({ phase }: Transfer): boolean {
  return phase === "settling" || phase === "done" || phase === "superseded";
}

/** Whether nothing more is to be waited for. */
export function hasEnded(transfer: Transfer): boolean {
  return hasMoved(transfer) || (FINAL_PHASES as readonly Phase[]).includes(transfer.phase);
}

/** Whom the phase waits for, such as `edge:free: edge-1, edge-2 (silent)`; empty for nobody. */
export function waitingFor({ waitingFor: nodes = [] }: Transfer): string {
  const named = nodes.slice(0, NAMED_NODES);
  const scopes = [...new Set(named.map(({ scope }) => scope))].map((scope) => {
    const inScope = named.filter((node) => node.scope === scope);
    return `${scope}: ${inScope.map(({ node, live }) => (live ? node : `${node} (silent)`)).join(", ")}`;
  });
  const rest = nodes.length - named.length;
  return [...scopes, ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ");
}
