/** How a container is: what its state and its probes' answers make of it. Pure: it is told states, answers and the time. */
import type { ContainerState } from "../../machine";
import { PROBES, type ContainerPlan, type ProbeKind, type ProbePlan } from "../pods/pod-plan";
import type { Answer } from "./ask";
import { ProbeTally } from "./tally";

const STARTING: readonly ProbeKind[] = ["startup"];
const STARTED: readonly ProbeKind[] = ["liveness", "readiness"];
const ENDING: readonly ProbeKind[] = ["readiness"];

/** A question to be asked now. `answer` takes what came of it and tells whether the container is to be restarted. */
export interface Question {
  readonly probe: ProbePlan;
  readonly answer: (answer: Answer, now: number) => "restart" | undefined;
}

export class ContainerHealth {
  private run: { readonly startedAt: number; readonly tallies: Map<ProbeKind, ProbeTally> } | undefined;
  private readonly inFlight = new Set<ProbeKind>();
  /** Start of the run that a probe has condemned: it goes on until its process has ended, and counts no more. */
  private condemned: number | undefined;

  constructor(private readonly plan: ContainerPlan) {}

  /** Takes note of the container's state: each start begins anew with its probes. */
  observe({ state, startedAt }: ContainerState): void {
    if (state !== "running" || startedAt === undefined || startedAt === this.condemned) this.run = undefined;
    else if (this.run?.startedAt !== startedAt) this.run = { startedAt, tallies: this.newTallies(startedAt) };
  }

  /** Whether it runs and its startup probe, where it has one, has succeeded. */
  get started(): boolean {
    return this.run !== undefined && this.passed("startup");
  }

  get ready(): boolean {
    return this.started && this.passed("readiness");
  }

  /** What the probe that keeps it from being ready last heard. */
  get because(): string | undefined {
    if (this.run === undefined || this.ready) return undefined;
    const kind = this.started ? "readiness" : "startup";
    return `${kind} probe: ${this.run.tallies.get(kind)?.because ?? "no answer yet"}`;
  }

  /**
   * The probes to ask now; until the startup probe has succeeded, no other. A pod that is about to end is only asked whether
   * it is still ready, as nothing is to be restarted any more.
   */
  questions(now: number, ending: boolean): Question[] {
    const run = this.run;
    if (run === undefined) return [];
    const kinds = ending ? ENDING : this.started ? STARTED : STARTING;
    return kinds.flatMap((kind) => {
      const [probe, tally] = [this.plan.probes[kind], run.tallies.get(kind)];
      if (probe === undefined || tally === undefined || this.inFlight.has(kind) || !tally.due(now)) return [];
      tally.asked(now);
      this.inFlight.add(kind);
      return [{ probe, answer: (answer: Answer, at: number) => this.answered(run, kind, answer, at) }];
    });
  }

  private answered(run: ContainerHealth["run"], kind: ProbeKind, answer: Answer, now: number): "restart" | undefined {
    this.inFlight.delete(kind);
    const tally = run?.tallies.get(kind);
    if (tally === undefined || run !== this.run) return undefined; // of a run that has ended
    tally.answered(answer, now);
    if (tally.verdict !== "failed" || kind === "readiness") return undefined;
    this.condemned = run?.startedAt;
    this.run = undefined;
    return "restart";
  }

  /** A probe that is not declared has always succeeded; readiness and startup begin without success. */
  private passed(kind: ProbeKind): boolean {
    const tally = this.run?.tallies.get(kind);
    return tally === undefined || tally.verdict === "passed";
  }

  private newTallies(startedAt: number): Map<ProbeKind, ProbeTally> {
    const declared = PROBES.flatMap((kind) => {
      const plan = this.plan.probes[kind];
      return plan === undefined ? [] : [[kind, new ProbeTally(kind, plan, startedAt)] as const];
    });
    return new Map(declared);
  }
}
