import type { PropertyPath } from "./property-path";
import type { RecordStore } from "./store";
import type { Properties } from "./values";

/** Why an input is refused: which property, and a sentence with the value and the remedy. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

export interface CheckRequest {
  readonly urn: string;
  /** The inputs of the last deployment, if there was one. */
  readonly olds: Properties;
  readonly news: Properties;
  /** Bytes of which a generated name's suffix is made, the same in preview and update; empty if the engine sent none. */
  readonly randomSeed: Uint8Array;
}

export interface Checked {
  readonly inputs: Properties;
  readonly failures: readonly Failure[];
}

export type ChangeKind = "add" | "delete" | "update";

/** One property's difference. */
export interface Change {
  readonly path: PropertyPath;
  readonly kind: ChangeKind;
  /** Whether the resource must be replaced for it. */
  readonly replace: boolean;
}

export interface Difference {
  readonly changes: readonly Change[];
  /** Whether a replacement has to delete the old resource first (because both would have the same name). */
  readonly deleteBeforeReplace: boolean;
}

/** What is known when outputs are computed. */
export interface OutputRequest {
  readonly id: string;
  readonly inputs: Properties;
  /** The outputs before an update; undefined for a new resource. */
  readonly olds: Properties | undefined;
  /** Time of creation, ISO 8601. */
  readonly created: string;
  readonly store: RecordStore;
}

/** One resource type of a package. */
export interface ResourceType {
  readonly token: string;
  check(request: CheckRequest): Checked;
  /** Compares `news` with the last recorded state. */
  diff(olds: Properties, news: Properties): Difference;
  /** The id of a new resource, in the real provider's format; inputs are fully known. */
  id(inputs: Properties, store: RecordStore): string;
  /** All outputs in a preview: what is computed is unknown, or for an update as it was if the update leaves it alone. */
  preview(inputs: Properties, olds: Properties | undefined): Properties;
  /** All outputs. May throw a {@link CloudError} for what the cloud refuses. */
  outputs(request: OutputRequest): Properties;
  /** Paths of outputs that are always secret. */
  readonly secretOutputs: readonly PropertyPath[];
  /** Whether creating what exists already succeeds, as for members of an IAM policy. */
  readonly shared: boolean;
  /** Throws a {@link CloudError} where the cloud would refuse to create this, given what exists. */
  assertCreatable(inputs: Properties, store: RecordStore): void;
  /** Throws a {@link CloudError} where the cloud would refuse to delete this. */
  assertDeletable(id: string, outputs: Properties, store: RecordStore): void;
  /** Called after the record is gone, to give back what the resource held. */
  released(id: string, outputs: Properties, store: RecordStore): void;
}

/** A package the provider serves, configured. */
export interface ConfiguredPackage {
  /** The folder of records this configuration sees, relative to the store's root. */
  readonly scope: string;
  /** Throws an error that names the type if it is not known. */
  type(token: string): ResourceType;
}

/** A package the provider serves: `gcp` or `kubernetes`. */
export interface ProviderPackage {
  readonly name: string;
  /** The version of the official provider whose rules are followed. */
  readonly version: string;
  checkConfig(news: Properties): readonly Failure[];
  /** Configuration keys whose change means another cloud, so that every resource of this provider is replaced. */
  replaces(olds: Properties, news: Properties): readonly string[];
  configure(config: Properties): ConfiguredPackage;
}

/** The cloud refuses an operation: the message is what the user sees. */
export class CloudError extends Error {
  override readonly name = "CloudError";
  constructor(
    /** The HTTP status the real API would answer with. */
    readonly status: 400 | 404 | 409 | 412,
    message: string,
  ) {
    super(message);
  }
}
