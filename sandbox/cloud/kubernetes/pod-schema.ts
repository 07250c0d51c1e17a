/** What the local cloud understands of a pod template; whatever is not here is refused by name. */
import { z } from "zod";
import { WITHOUT_EFFECT } from "./without-effect";

const seconds = z.number().int().nonnegative();
const positive = z.number().int().positive();
/** By number, or by the name that the container gives it. */
const port = z.union([positive, z.string()]);

const probe = z
  .strictObject({
    httpGet: z.strictObject({ path: z.string().default("/"), port, scheme: z.literal("HTTP").optional() }).optional(),
    tcpSocket: z.strictObject({ port }).optional(),
    // The defaults are Kubernetes'.
    initialDelaySeconds: seconds.default(0),
    periodSeconds: positive.default(10),
    timeoutSeconds: positive.default(1),
    successThreshold: positive.default(1),
    failureThreshold: positive.default(3),
  })
  .refine(({ httpGet, tcpSocket }) => (httpGet === undefined) !== (tcpSocket === undefined), {
    error: "exactly one of httpGet and tcpSocket must be set",
  });

const variable = z.strictObject({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .strictObject({
      fieldRef: z.strictObject({
        fieldPath: z.enum(["metadata.name", "metadata.namespace"], {
          error: "the sandbox knows metadata.name and metadata.namespace only",
        }),
      }),
    })
    .optional(),
});

const mount = z.strictObject({
  name: z.string(),
  mountPath: z.string().startsWith("/", { error: "must be absolute" }),
  subPath: z.string().optional(),
  ...WITHOUT_EFFECT.volumeMount,
});

const container = z.strictObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()).default([]),
  env: z.array(variable).default([]),
  ports: z
    .array(
      z.strictObject({
        containerPort: positive,
        name: z.string().optional(),
        protocol: z.enum(["TCP", "UDP"]).default("TCP"),
      }),
    )
    .default([]),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  lifecycle: z.strictObject({ preStop: z.strictObject({ sleep: z.strictObject({ seconds }) }).optional() }).optional(),
  volumeMounts: z.array(mount).default([]),
  ...WITHOUT_EFFECT.container,
});

const sidecar = container.extend({
  restartPolicy: z.literal("Always", {
    error: "init containers that end are not emulated; Always makes it a sidecar",
  }),
});

const volume = z
  .strictObject({
    name: z.string(),
    configMap: z.strictObject({ name: z.string() }).optional(),
    emptyDir: z.strictObject(WITHOUT_EFFECT.emptyDir).optional(),
  })
  .refine(({ configMap, emptyDir }) => (configMap === undefined) !== (emptyDir === undefined), {
    error: "exactly one of configMap and emptyDir must be set: the sandbox has no other volumes",
  });

const podSpec = z.strictObject({
  containers: z.array(container).min(1),
  initContainers: z.array(sidecar).default([]),
  volumes: z.array(volume).default([]),
  serviceAccountName: z.string().default("default"),
  automountServiceAccountToken: z.boolean().optional(),
  enableServiceLinks: z.literal(false, {
    error: "must be false: the variables that Kubernetes would make of Services are not emulated",
  }),
  terminationGracePeriodSeconds: seconds.default(30),
  restartPolicy: z.literal("Always").optional(),
  ...WITHOUT_EFFECT.pod,
});

/** A pod template. */
export const podTemplate = z.strictObject({
  metadata: z.strictObject({ labels: z.record(z.string(), z.string()).default({}), ...WITHOUT_EFFECT.metadata }),
  spec: podSpec,
});

export type PodSpec = z.output<typeof podSpec>;
export type Container = z.output<typeof container>;
export type Probe = z.output<typeof probe>;
export type Variable = z.output<typeof variable>;
