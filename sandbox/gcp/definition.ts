import type { Failure } from "../provider/package";
import type { RecordStore } from "../provider/store";
import type { Properties } from "../provider/values";

/** A rule beyond the schema: everything in the inputs that the real API or provider refuses. */
export type Rule = (inputs: Properties) => readonly Failure[];

/** What computed outputs are made of. */
export interface OutputContext {
  readonly id: string;
  /** The inputs, with project and region filled in. */
  readonly inputs: Properties;
  /** Time of creation, ISO 8601. */
  readonly created: string;
  readonly store: RecordStore;
}

/** One resource type of Google Cloud, beyond its facts. */
export interface Definition {
  /**
   * The id in the real provider's format. `{name}` stands for an input, `{name:short}` for its last path segment; an input
   * that is missing here is missing altogether. `{+number}` is a number nobody else has, `{+version}` the next of 1, 2, 3.
   */
  readonly id: string;
  /** What precedes the id in `selfLink`. */
  readonly selfLink?: string;
  /** Rules beyond the schema. */
  readonly rules?: readonly Rule[];
  /** Inputs that follow from others when they are not given. */
  readonly defaults?: (inputs: Properties) => Properties;
  /** Computed outputs whose values follow the real ones; those of {@link commonOutputs} need not be repeated. */
  readonly outputs?: (context: OutputContext) => Properties;
  /** Computed outputs that a preview knows already, because they follow from inputs; inputs may be unknown. */
  readonly planned?: (inputs: Properties) => Properties;
  /** Computed outputs that every update changes, besides fingerprints. */
  readonly changing?: readonly string[];
  /** False if Pulumi does not generate a missing `name`. Default true. */
  readonly autoName?: boolean;
  /** Properties whose change alone makes a replacement's name unique; see {@link needsDeleteBeforeReplace}. */
  readonly uniqueNameFields?: readonly string[];
  /** Creating what exists already succeeds. Default false. */
  readonly shared?: boolean;
  /** Inputs that replace the resource only when they change in a certain way. */
  readonly replaces?: (olds: Properties, news: Properties) => readonly string[];
  /** Why the cloud refuses to create the resource, given what exists; inputs are complete. */
  readonly obstacle?: (inputs: Properties, store: RecordStore) => string | undefined;
  /** Why the cloud refuses to delete the resource in this state, if it does. */
  readonly protection?: (outputs: Properties) => string | undefined;
  /** Gives back what the resource held. */
  readonly released?: (id: string, outputs: Properties, store: RecordStore) => void;
}

export type Definitions = Readonly<Record<string, Definition>>;
