/** Examples that break one rule each, as programs for the real engine. */
import type * as gcp from "@pulumi/gcp";
import type * as kubernetes from "@pulumi/kubernetes";

/** Providers that a program of examples passes on. */
export interface Providers {
  readonly google: gcp.Provider;
  /** Only in the shared stack. */
  readonly cluster?: kubernetes.Provider;
}

/** Registers a resource under the given name that breaks the rule of the same name. It may break others as well. */
export type Example = (name: string, providers: Providers) => void;

/** Examples by the name of the rule that each breaks. */
export type Examples = Readonly<Record<string, Example>>;
