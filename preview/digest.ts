/**
 * Engine events -> digest of one stack: what happens to each of its resources, and what the engine, the program and the
 * policies said. A digest holds names and property paths, never a property's value, so it may be shown anywhere.
 */
import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { Diagnostics, withoutColour, type Diagnostic } from "./diagnostics";
import { parseUrn } from "./urn";

/** What happens to a resource. `same`: nothing. */
export type ChangeKind = "create" | "update" | "replace" | "delete" | "same";
export const changeKinds: readonly ChangeKind[] = ["create", "update", "replace", "delete", "same"];

export interface ResourceChange {
  readonly urn: string;
  /** Type token, such as `gcp:compute/address:Address`. */
  readonly type: string;
  readonly name: string;
  readonly kind: ChangeKind;
  /** The step failed: the change was begun, and its outcome is the engine's error. */
  readonly failed: boolean;
  /** Of a replacement: the old one goes before the new one exists. */
  readonly deleteFirst: boolean;
  /** Property paths that change. */
  readonly paths: readonly string[];
  /** Of a replacement: the property paths that force it; empty when it was forced by something else, such as a taint. */
  readonly reasons: readonly string[];
}

/** A rule of a policy pack that a resource (or the stack) breaks. */
export interface PolicyViolation {
  readonly policy: string;
  readonly pack: string;
  /** `mandatory` blocks, `advisory` does not. */
  readonly level: "mandatory" | "advisory";
  readonly urn?: string;
  /** What is wrong and the remedy, as the rule says it. */
  readonly message: string;
}

export interface Digest {
  /** Resources per kind of change, without the stack itself and its providers. A step that failed does not count. */
  readonly counts: Readonly<Record<ChangeKind, number>>;
  /** Every resource that changes or whose step failed, in the order of the engine's steps. */
  readonly changes: readonly ResourceChange[];
  readonly diagnostics: readonly Diagnostic[];
  readonly violations: readonly PolicyViolation[];
}

export const emptyDigest: Digest = {
  counts: { create: 0, update: 0, replace: 0, delete: 0, same: 0 },
  changes: [],
  diagnostics: [],
  violations: [],
};

/** Whether the digest changes anything. */
export function hasChanges({ counts }: Digest): boolean {
  return counts.create + counts.update + counts.replace + counts.delete > 0;
}

const KIND_OF_OP: Readonly<Record<string, ChangeKind>> = {
  create: "create",
  import: "create",
  update: "update",
  delete: "delete",
  replace: "replace",
  "create-replacement": "replace",
  "import-replacement": "replace",
  "delete-replaced": "replace",
};

/** The stronger kind wins where one resource has several steps. */
const STRENGTH: Readonly<Record<ChangeKind, number>> = { same: 0, update: 1, delete: 2, create: 3, replace: 4 };

interface Step {
  kind: ChangeKind;
  done: boolean;
  failed: boolean;
  created: boolean;
  deleteFirst: boolean;
  paths: readonly string[];
  reasons: readonly string[];
}

/**
 * Collects one operation's events as they come. The engine announces a step and later says that it is done, in previews
 * too; a component says so twice. A replacement is three steps, whose order tells which comes first, creation or deletion.
 */
export class DigestBuilder {
  private readonly steps = new Map<string, Step>();
  private readonly diagnostics = new Diagnostics();
  private readonly violations = new Map<string, PolicyViolation>();

  add(event: EngineEvent): void {
    const step = event.resourcePreEvent ?? event.resOutputsEvent ?? event.resOpFailedEvent;
    if (step !== undefined) this.addStep(event, step.metadata);
    if (event.diagnosticEvent !== undefined) this.diagnostics.add(event.diagnosticEvent);
    if (event.policyEvent !== undefined) this.addViolation(event.policyEvent);
  }

  /** Adds an error that came another way than as an event; one that an event or a violation explains is not needed. */
  addError(message: string): void {
    const explained = this.violations.size > 0 || this.diagnostics.list().some(({ severity }) => severity === "error");
    if (!explained) this.diagnostics.add({ severity: "error", message, color: "never" });
  }

  /** How many steps are done so far, and how many are announced. */
  progress(): { done: number; known: number } {
    const steps = [...this.steps.values()];
    return { done: steps.filter((step) => step.done).length, known: steps.length };
  }

  build(): Digest {
    const counts = { ...emptyDigest.counts };
    const changes: ResourceChange[] = [];
    for (const [urn, step] of this.steps) {
      if (step.done && !step.failed) counts[step.kind] += 1;
      if (step.failed || (step.done && step.kind !== "same")) changes.push(toChange(urn, step));
    }
    return { counts, changes, diagnostics: this.diagnostics.list(), violations: [...this.violations.values()] };
  }

  private addStep(event: EngineEvent, metadata: StepEventMetadata): void {
    if (isBookkeeping(metadata.type)) return;
    const step = this.steps.get(metadata.urn) ?? newStep();
    this.steps.set(metadata.urn, step);
    // The engine announces a refresh before it knows what comes of it: the kind is what the step ended as.
    const kind = KIND_OF_OP[metadata.op] ?? "same";
    if (STRENGTH[kind] > STRENGTH[step.kind]) step.kind = kind;
    if (metadata.op === "create-replacement") step.created = true;
    if (metadata.op === "delete-replaced" && !step.created) step.deleteFirst = true;
    if (event.resOutputsEvent !== undefined) step.done = true;
    if (event.resOpFailedEvent !== undefined) step.failed = true;
    const { paths, reasons } = changedPaths(metadata);
    if (paths.length > 0) step.paths = paths;
    if (reasons.length > 0) step.reasons = reasons;
  }

  private addViolation(event: NonNullable<EngineEvent["policyEvent"]>): void {
    const violation: PolicyViolation = {
      policy: event.policyName,
      pack: event.policyPackName,
      level: event.enforcementLevel === "mandatory" ? "mandatory" : "advisory",
      ...(event.resourceUrn !== undefined && event.resourceUrn !== "" && { urn: event.resourceUrn }),
      message: policyMessage(event.message),
    };
    this.violations.set(JSON.stringify(violation), violation);
  }
}

function newStep(): Step {
  return { kind: "same", done: false, failed: false, created: false, deleteFirst: false, paths: [], reasons: [] };
}

/** Neither a stack nor a provider is infrastructure: they exist in Pulumi's books only. */
function isBookkeeping(type: string): boolean {
  return type === "pulumi:pulumi:Stack" || type.startsWith("pulumi:providers:");
}

function changedPaths({ detailedDiff, diffs, keys }: StepEventMetadata): { paths: string[]; reasons: string[] } {
  const detailed = Object.entries(detailedDiff ?? {});
  if (detailed.length === 0) return { paths: [...(diffs ?? keys ?? [])], reasons: [...(keys ?? [])] };
  const forcing = detailed.filter(([, { diffKind }]) => diffKind.endsWith("-replace"));
  return {
    paths: detailed.map(([path]) => path),
    reasons: forcing.length > 0 ? forcing.map(([path]) => path) : [...(keys ?? [])],
  };
}

function toChange(urn: string, { kind, failed, deleteFirst, paths, reasons }: Step): ResourceChange {
  const { type, name } = parseUrn(urn);
  const replaced = kind === "replace";
  return {
    urn,
    type,
    name,
    kind,
    failed,
    deleteFirst: replaced && deleteFirst,
    paths,
    reasons: replaced ? reasons : [],
  };
}

/** The engine puts the rule's description, which its name stands for, before what the rule says of this resource. */
function policyMessage(message: string): string {
  const lines = withoutColour(message).trim().split("\n");
  return (lines.length > 1 ? lines.slice(1) : lines).join("\n").trim();
}
