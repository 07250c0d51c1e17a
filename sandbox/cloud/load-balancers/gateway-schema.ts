/** GKE's Gateway API as far as it is emulated: one class of gateway, HTTPS, routes by host name and path. Pure. */
import { z } from "zod";

const metadata = z.object({ annotations: z.strictObject({}).optional() });
const name = z.string();

export const CERTIFICATES_OPTION = "networking.gke.io/cert-manager-certs";

export const gateway = z.object({
  metadata,
  spec: z.strictObject({
    gatewayClassName: z.literal("gke-l7-regional-external-managed"),
    addresses: z.tuple([z.strictObject({ type: z.literal("NamedAddress"), value: name })]),
    listeners: z
      .array(
        z.strictObject({
          name,
          protocol: z.literal("HTTPS"),
          port: z.number(),
          tls: z.strictObject({
            mode: z.literal("Terminate").optional(),
            options: z.strictObject({ [CERTIFICATES_OPTION]: name }),
          }),
          allowedRoutes: z
            .strictObject({ namespaces: z.strictObject({ from: z.literal("Same").default("Same") }).optional() })
            .optional(),
        }),
      )
      .min(1),
  }),
});

export const httpRoute = z.object({
  metadata,
  spec: z.strictObject({
    parentRefs: z
      .array(
        z.strictObject({
          name,
          sectionName: name.optional(),
          kind: z.literal("Gateway").optional(),
          group: z.literal("gateway.networking.k8s.io").optional(),
        }),
      )
      .min(1),
    hostnames: z
      .array(name.regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, { error: "must be a whole name: wildcards are not emulated" }))
      .min(1, { error: "routes for any host name are not emulated" }),
    rules: z.array(
      z.strictObject({
        matches: z
          .array(
            z.strictObject({
              path: z.strictObject({
                type: z.enum(["PathPrefix", "Exact"]).default("PathPrefix"),
                // It goes into HAProxy's configuration.
                value: z.string().regex(/^\/[A-Za-z0-9._~/-]*$/),
              }),
            }),
          )
          .default([{ path: { type: "PathPrefix", value: "/" } }]),
        backendRefs: z.tuple([
          z.strictObject({
            name,
            port: z.number(),
            kind: z.literal("Service").optional(),
            group: z.literal("").optional(),
          }),
        ]),
      }),
    ),
  }),
});

const target = (kind: string, group: string) =>
  z.strictObject({ group: z.literal(group), kind: z.literal(kind), name });

export const healthCheckPolicy = z.object({
  spec: z.strictObject({
    default: z.strictObject({
      // What Google has where a policy says nothing.
      checkIntervalSec: z.number().default(5),
      timeoutSec: z.number().default(5),
      healthyThreshold: z.number().default(2),
      unhealthyThreshold: z.number().default(2),
      logConfig: z.unknown().optional(),
      config: z
        .strictObject({
          type: z.literal("HTTP"),
          httpHealthCheck: z
            .strictObject({
              port: z.number().optional(),
              portSpecification: z.literal("USE_FIXED_PORT").optional(),
              requestPath: z.string().startsWith("/").default("/"),
              host: z.string().optional(),
            })
            .default({ requestPath: "/" }),
        })
        .default({ type: "HTTP", httpHealthCheck: { requestPath: "/" } }),
    }),
    targetRef: target("Service", ""),
  }),
});

export const backendPolicy = z.object({
  spec: z.strictObject({
    default: z.strictObject({
      timeoutSec: z.number().default(30),
      connectionDraining: z
        .strictObject({ drainingTimeoutSec: z.number().default(0) })
        .default({ drainingTimeoutSec: 0 }),
      logging: z.unknown().optional(),
    }),
    targetRef: target("Service", ""),
  }),
});

export const gatewayPolicy = z.object({
  spec: z.strictObject({
    default: z.strictObject({ sslPolicy: name }),
    targetRef: target("Gateway", "gateway.networking.k8s.io"),
  }),
});

export const sslPolicy = z.strictObject({
  name,
  region: name,
  project: name.optional(),
  description: name.optional(),
  minTlsVersion: z.enum(["TLS_1_0", "TLS_1_1", "TLS_1_2"]).default("TLS_1_0"),
  profile: z.enum(["COMPATIBLE", "MODERN", "RESTRICTED"]).default("COMPATIBLE"),
});
