/** Objects as the stack would declare them, small and fast. */
import type { Properties } from "../../../../../sandbox/provider/values";
import { PORTS } from "./machines";

interface Shape {
  readonly replicas?: number;
  /** The image's tag. */
  readonly tag?: string;
  /** Merged over the pod spec. */
  readonly pod?: Properties;
  /** Merged over the only container. */
  readonly container?: Properties;
  /** Merged over the workload's spec. */
  readonly spec?: Properties;
}

const SAFE = { automountServiceAccountToken: false, enableServiceLinks: false };

/** A Deployment of one container, `app`, that is asked by HTTP whether it is ready. */
export function deployment({ replicas = 2, tag = "dev", pod = {}, container = {}, spec = {} }: Shape = {}): Properties {
  const app = {
    name: "app",
    image: `registry/app:${tag}`,
    ports: [{ name: "http", containerPort: PORTS.app! }],
    readinessProbe: { httpGet: { path: "/readyz", port: "http" }, periodSeconds: 1 },
    ...container,
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    spec: {
      replicas,
      selector: { matchLabels: { "app.kubernetes.io/name": "app" } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { "app.kubernetes.io/name": "app" } },
        spec: { ...SAFE, serviceAccountName: "app", containers: [app], ...pod },
      },
      ...spec,
    },
  };
}

/** A StatefulSet: a sidecar `agent`, which is asked by HTTP, before `server`, which is asked by TCP; each pod with a claim. */
export function statefulSet({
  replicas = 2,
  tag = "dev",
  pod = {},
  container = {},
  spec = {},
}: Shape = {}): Properties {
  const mounts = [
    { name: "run", mountPath: "/run/server" },
    { name: "state", mountPath: "/var/lib/server", subPath: "server" },
  ];
  const agent = {
    name: "agent",
    image: "registry/agent:dev",
    restartPolicy: "Always",
    ports: [{ name: "agent", containerPort: PORTS.agent! }],
    startupProbe: { httpGet: { path: "/healthz", port: "agent" }, periodSeconds: 1, failureThreshold: 60 },
    volumeMounts: mounts,
  };
  const server = {
    name: "server",
    image: `registry/server:${tag}`,
    ports: [{ name: "dns", containerPort: PORTS.server! }],
    readinessProbe: { tcpSocket: { port: "dns" }, periodSeconds: 1 },
    volumeMounts: mounts,
    ...container,
  };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    spec: {
      replicas,
      selector: { matchLabels: { "app.kubernetes.io/name": "dns" } },
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "RollingUpdate" },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" },
      template: {
        metadata: { labels: { "app.kubernetes.io/name": "dns" } },
        spec: {
          ...SAFE,
          serviceAccountName: "app",
          initContainers: [agent],
          containers: [server],
          volumes: [{ name: "run", emptyDir: {} }],
          ...pod,
        },
      },
      volumeClaimTemplates: [{ metadata: { name: "state" }, spec: { accessModes: ["ReadWriteOnce"] } }],
      ...spec,
    },
  };
}
