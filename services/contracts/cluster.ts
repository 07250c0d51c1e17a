/** A cluster as the environment describes it to the control API: one JSON file per cluster. */
import { z } from "zod";
import { clusterName, ipv4, ipv6 } from "./fields";

/** `provisioned`: in place, without users. `active`: takes users. `draining`: keeps its users and takes no more. */
export const LIFECYCLES = ["provisioned", "active", "draining"] as const;
export type Lifecycle = (typeof LIFECYCLES)[number];

export const clusterDocument = z.strictObject({
  name: clusterName,
  region: z.string(),
  lifecycle: z.enum(LIFECYCLES),
  /** Plans whose new users are placed here; none for a reserve. */
  plans: z.array(z.string()),
  maxUsers: z.int().positive(),
  hostingAddress: ipv4,
  hostingIpv6: ipv6.optional(),
  workspaceAddress: ipv4,
  natAddress: ipv4,
  /** Emails that the cluster's nodes prove themselves with. */
  nodeIdentities: z.strictObject({ host: z.email(), edge: z.email() }),
});
export type ClusterDocument = z.infer<typeof clusterDocument>;
