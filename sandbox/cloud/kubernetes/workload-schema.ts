/** What the local cloud understands of Deployments, StatefulSets and autoscalers; whatever is not here is refused by name. */
import { z } from "zod";
import { podTemplate } from "./pod-schema";
import { WITHOUT_EFFECT } from "./without-effect";

const count = z.number().int().nonnegative();
/** A number, or a percentage of the desired number. */
const share = z.union([count, z.string().regex(/^\d+%$/, { error: "must be a number or a percentage" })]);

export const deploymentSpec = z.strictObject({
  replicas: count.optional(),
  template: podTemplate,
  strategy: z
    .strictObject({
      type: z.literal("RollingUpdate", { error: "the sandbox knows RollingUpdate only" }).optional(),
      rollingUpdate: z.strictObject({ maxSurge: share.optional(), maxUnavailable: share.optional() }).optional(),
    })
    .optional(),
  minReadySeconds: count.default(0),
  ...WITHOUT_EFFECT.workload,
});

const retention = z.enum(["Retain", "Delete"]).default("Retain");

export const statefulSetSpec = z.strictObject({
  replicas: count.optional(),
  template: podTemplate,
  podManagementPolicy: z.literal("Parallel", { error: "must be Parallel: the sandbox starts pods together" }),
  updateStrategy: z
    .strictObject({ type: z.literal("RollingUpdate", { error: "the sandbox knows RollingUpdate only" }).optional() })
    .optional(),
  minReadySeconds: count.default(0),
  persistentVolumeClaimRetentionPolicy: z
    .strictObject({ whenDeleted: retention, whenScaled: retention })
    .default({ whenDeleted: "Retain", whenScaled: "Retain" }),
  volumeClaimTemplates: z
    .array(
      z.strictObject({
        apiVersion: z.literal("v1").optional(),
        kind: z.literal("PersistentVolumeClaim").optional(),
        metadata: z.object({ name: z.string() }),
        ...WITHOUT_EFFECT.volumeClaim,
      }),
    )
    .default([]),
  ...WITHOUT_EFFECT.workload,
});

export const autoscalerSpec = z
  .strictObject({
    scaleTargetRef: z.strictObject({ apiVersion: z.literal("apps/v1"), kind: z.string(), name: z.string() }),
    minReplicas: z.number().int().positive().default(1),
    maxReplicas: z.number().int().positive(),
    ...WITHOUT_EFFECT.autoscaler,
  })
  .refine(({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas, { error: "minReplicas is above maxReplicas" });

export type DeploymentSpec = z.output<typeof deploymentSpec>;
export type StatefulSetSpec = z.output<typeof statefulSetSpec>;
export type AutoscalerSpec = z.output<typeof autoscalerSpec>;
