import { GCP_TYPES } from "./gcp-types";
import { CUSTOM_KINDS, KUBERNETES_KINDS } from "./kubernetes";

/** The token of every resource type that the local provider serves. A program that uses another one is refused. */
export function knownTypes(): string[] {
  return [...GCP_TYPES, ...Object.keys(KUBERNETES_KINDS), ...Object.keys(CUSTOM_KINDS)];
}
