/** Labels: what a resource belongs to, readable in the console, in billing and by the policy pack. */
import { type OWNERSHIP_LABELS, SHARED } from "../config/names";

/** Where a resource belongs. */
export interface Ownership {
  /** Environment, such as `prod`. */
  readonly environment: string;
  /** Cluster, or undefined for what the environment shares. */
  readonly cluster?: string;
  /** Additional labels from the cluster's configuration; they never override the four below. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** The labels of a resource: `environment`, `failure-domain` (a cluster's name, or `shared`), `managed-by`, and `role`. */
export function labelsOf({ environment, cluster, extra }: Ownership, role: string): Record<string, string> {
  const own: Record<(typeof OWNERSHIP_LABELS)[number], string> = {
    environment,
    "failure-domain": cluster ?? SHARED,
    "managed-by": "pulumi",
    role,
  };
  return { ...extra, ...own };
}
