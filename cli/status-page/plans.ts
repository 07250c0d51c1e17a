/** What a move or an evacuation would mean, told before it is asked for. Pure. */
import type { Cluster, Evacuation, Node, User } from "../../services/contracts/resources";
import type { Mode } from "../../services/contracts/transfers";
import { grouped } from "../control-api/evacuation-view";

/** The state that a plan is made in. */
export interface Circumstances {
  readonly clusters: readonly Cluster[];
  readonly nodes: readonly Node[];
}

export interface MovePlan {
  readonly user: string;
  readonly source: string;
  /** None where the user cannot be moved: see `refusal`. */
  readonly destination?: string;
  readonly mode: Mode;
  /** What will happen, in order. */
  readonly steps: readonly string[];
  /** What is to be minded. */
  readonly warnings: readonly string[];
  /** Why the user cannot be moved, with the remedy; empty where they can. */
  readonly refusal: string;
}

export interface EvacuationPlan {
  readonly source: string;
  readonly total: number;
  readonly mode: Mode;
  /** `1,200 users leave free`. */
  readonly summary: string;
  readonly destinations: readonly { readonly name: string; readonly users: string; readonly then: string }[];
  readonly refused: readonly { readonly why: string; readonly users: string }[];
  readonly warnings: readonly string[];
}

/** Most machines that a warning names. */
const NAMED = 5;

const REFUSALS: Readonly<Record<string, string>> = {
  "cluster-full": "the destination is full: choose another, or raise its maxUsers and deploy",
  "no-cluster": "no cluster of the plan has room: name a destination",
  "transfer-running": "already on the move: wait for that to end",
  "unknown-user": "does not live there any more",
};

/** `dryRun`: of an evacuation of this user alone, by which the control API tells where the user would go. */
export function movePlan(user: User, dryRun: Evacuation, circumstances: Circumstances): MovePlan {
  const { label, plan, home } = user;
  const { mode } = dryRun;
  const [destination] = Object.keys(dryRun.destinations);
  const [problem] = Object.keys(dryRun.refused);
  if (destination === undefined) {
    return {
      user: label,
      source: home,
      mode,
      steps: [],
      warnings: [],
      refusal: `${label} cannot be moved: ${refusalText(problem)}`,
    };
  }
  const there = circumstances.clusters.find(({ name }) => name === destination);
  const steps = [
    `${label} (plan ${plan}) lives in ${home} and moves to ${destination}${there === undefined ? "" : `, which then has ${fillText(there, 1)}`}.`,
    `Requests in flight end in ${home}. New ones wait, a second or so, and are served by ${destination}. Open WebSockets are closed and connect again.`,
    `${home} goes on forwarding until cached answers are gone: minutes, at most a day.`,
  ];
  const foreign = there !== undefined && !there.plans.includes(plan);
  return {
    user: label,
    source: home,
    destination,
    mode,
    steps,
    warnings: [
      ...(foreign ? [`${destination} is not one of the clusters of plan ${plan}.`] : []),
      ...silenceWarnings(mode, [home, destination], circumstances.nodes),
    ],
    refusal: "",
  };
}

export function evacuationPlan(dryRun: Evacuation, { clusters, nodes }: Circumstances): EvacuationPlan {
  const { source, total, mode, rate, concurrency, destinations, refused } = dryRun;
  const going = Object.entries(destinations).sort(([, a], [, b]) => b - a);
  return {
    source,
    total,
    mode,
    summary: `${grouped(total)} ${total === 1 ? "user leaves" : "users leave"} ${source}, ${grouped(rate)} per second, ${grouped(concurrency)} at once at most.`,
    destinations: going.map(([name, users]) => {
      const cluster = clusters.find((candidate) => candidate.name === name);
      return { name, users: grouped(users), then: cluster === undefined ? "" : fillText(cluster, users) };
    }),
    refused: Object.entries(refused).map(([problem, users]) => ({ why: refusalText(problem), users: grouped(users) })),
    warnings: silenceWarnings(mode, [source, ...Object.keys(destinations)], nodes),
  };
}

function fillText({ users, arriving, maxUsers }: Cluster, more: number): string {
  return `${grouped(users + arriving + more)} of ${grouped(maxUsers)} users`;
}

function refusalText(problem: string | undefined): string {
  return problem === undefined ? "the control API names no reason" : (REFUSALS[problem] ?? problem);
}

/** Machines that do not answer hold a planned move up; an emergency goes on without them, and rests on their being down. */
function silenceWarnings(mode: Mode, clusters: readonly string[], nodes: readonly Node[]): string[] {
  const silent = nodes.filter(({ live, cluster }) => !live && (cluster === undefined || clusters.includes(cluster)));
  if (mode === "emergency") {
    return [
      "Machines that do not answer are not waited for. That nobody's apps run in two clusters at once then rests on their being down.",
    ];
  }
  if (silent.length === 0) return [];
  const names = silent.slice(0, NAMED).map(({ scope, name }) => `${name} (${scope})`);
  const rest = silent.length - names.length;
  const list = [...names, ...(rest > 0 ? [`${grouped(rest)} more`] : [])].join(", ");
  return [
    `A planned move waits for every machine concerned, and is put back when one does not answer. Silent now: ${list}.`,
  ];
}
