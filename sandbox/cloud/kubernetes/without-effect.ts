/**
 * What objects may declare although it changes nothing here. Everything else that the schemas beside this file do not name is
 * refused, so this is the whole list of what a sandbox ignores. Of kinds it is PodDisruptionBudget: nobody evicts pods here, so no
 * budget is ever asked.
 */
import { z } from "zod";

const ignored = z.unknown().optional();

export const WITHOUT_EFFECT = {
  metadata: {
    /** Notes for people and tools. Labels do have an effect where a selector is evaluated: on pods and namespaces. */
    annotations: ignored,
  },
  pod: {
    /** Processes run as whoever runs the local cloud. That the declared settings would be let in is checked: pod-security.ts. */
    securityContext: ignored,
    /** There is one machine and one zone. */
    topologySpreadConstraints: ignored,
  },
  container: {
    securityContext: ignored,
    /** Requests reserve nothing and limits bound nothing: a sandbox takes what the machine has. */
    resources: ignored,
    /** Images are builds of this checkout, there before any pod is. */
    imagePullPolicy: ignored,
  },
  volumeMount: {
    /** Processes of one user could write anyway. */
    readOnly: ignored,
  },
  emptyDir: {
    medium: ignored,
    sizeLimit: ignored,
  },
  volumeClaim: {
    /** A claim is a folder: its class, size and access modes are a disk's. */
    spec: ignored,
  },
  workload: {
    /** That it matches the pods is the provider's rule; whose a pod is, is known here without it. */
    selector: ignored,
    /** Old revisions are had again by declaring them again. */
    revisionHistoryLimit: ignored,
  },
  autoscaler: {
    /** Load is not measured: the size is the least that is allowed. */
    metrics: ignored,
    behavior: ignored,
  },
} as const;
