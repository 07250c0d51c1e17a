import { podTemplate } from "./pod-rules";
import { autoscaler, dataKeys, disruptionBudget, type KindRule, networkPolicy, selector, service } from "./rules";

/** Rules beyond the schema, by kind; what every kind obeys is in `metadata` of rules.ts. */
export const KIND_RULES: Readonly<Record<string, readonly KindRule[]>> = {
  ConfigMap: [dataKeys],
  Secret: [dataKeys],
  Service: [service],
  Deployment: [selector, podTemplate],
  StatefulSet: [selector, podTemplate],
  PodDisruptionBudget: [disruptionBudget],
  NetworkPolicy: [networkPolicy],
  HorizontalPodAutoscaler: [autoscaler],
};
