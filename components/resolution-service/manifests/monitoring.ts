/** What Managed Service for Prometheus scrapes. Pure. */
import type { Environment } from "../../../config";
import type { CustomObject } from "./gateway";
import { metadataOf, selectorOf, WORKLOAD_NAMES, type Workload } from "./metadata";

/** Scrapes the port named `metrics` of a workload's pods twice a minute. */
export function podMonitoring(environment: Environment, workload: Workload): CustomObject {
  return {
    apiVersion: "monitoring.googleapis.com/v1",
    kind: "PodMonitoring",
    metadata: metadataOf(environment, WORKLOAD_NAMES[workload], workload),
    spec: {
      selector: { matchLabels: selectorOf(workload) },
      endpoints: [{ port: "metrics", interval: "30s" }],
    },
  };
}
