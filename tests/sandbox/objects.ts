/** Kubernetes objects for tests. */
import type { Properties } from "../../sandbox/provider/values";

export const NAMESPACE = "kubernetes:core/v1:Namespace";
export const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
export const SECRET = "kubernetes:core/v1:Secret";
export const SERVICE = "kubernetes:core/v1:Service";
export const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
export const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
export const BUDGET = "kubernetes:policy/v1:PodDisruptionBudget";
export const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
export const AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
export const GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway";

export const container: Properties = { name: "api", image: "registry.example.com/api:1.2" };
export const labels = { app: "api" };
export const metadata = { name: "api" };

export function workload(
  change: Properties = {},
  containerChange: Properties = {},
  podChange: Properties = {},
): Properties {
  const template = { metadata: { labels }, spec: { containers: [{ ...container, ...containerChange }], ...podChange } };
  return { metadata, spec: { selector: { matchLabels: labels }, template, ...change } };
}

export const service = (spec: Properties): Properties => ({ metadata, spec: { ports: [{ port: 53 }], ...spec } });

export const mount = (name: string) => ({ volumeMounts: [{ name, mountPath: "/data" }] });
