import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { labelsIn, nameIn, type ClusterScope } from "./scope";

/** The secrets of a cluster, as keys of the stack's `platform:secrets`, with their roles in names and labels. */
const SECRET_ROLES = {
  edgeHopKey: "edge-hop-key",
  workspaceTokenKey: "workspace-token-key",
} as const;

export type ClusterSecret = keyof typeof SECRET_ROLES;

export interface SecretsArgs {
  readonly scope: ClusterScope;
  /**
   * - `edgeHopKey`: signs the hop header between the edges of sibling clusters.
   * - `workspaceTokenKey`: signs the token that the web server hands out for a WebSocket and an edge checks.
   */
  readonly values: Readonly<Record<ClusterSecret, pulumi.Input<string>>>;
  /** The one who may read them, as a member of IAM policies. */
  readonly reader: pulumi.Input<string>;
}

/**
 * The full name of a cluster's secret, which is what machines are given instead of its value. It names no version: a machine
 * reads the latest one when it starts, so a rotated key needs no new machines' template.
 */
export function secretName(scope: ClusterScope, secret: ClusterSecret): string {
  return `projects/${scope.project}/locations/${scope.config.region}/secrets/${nameIn(scope, SECRET_ROLES[secret])}`;
}

/** A cluster's secrets, kept in its region and readable by its edges only. */
export class Secrets extends pulumi.ComponentResource {
  constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:cluster:Secrets", name, {}, opts);
    for (const secret of Object.keys(SECRET_ROLES) as ClusterSecret[]) this.keep(name, args, secret);
    this.registerOutputs({});
  }

  private keep(name: string, { scope, values, reader }: SecretsArgs, secret: ClusterSecret): void {
    const role = SECRET_ROLES[secret];
    const { region } = scope.config;
    const kept = new gcp.secretmanager.RegionalSecret(
      `${name}-${role}`,
      { secretId: nameIn(scope, role), location: region, labels: labelsIn(scope, role) },
      { parent: this, protect: scope.environment.production },
    );
    // Not protected: a new value replaces the version, and the new one exists before the old one goes.
    new gcp.secretmanager.RegionalSecretVersion(
      `${name}-${role}-version`,
      { secret: kept.id, secretData: pulumi.secret(values[secret]) },
      { parent: this },
    );
    new gcp.secretmanager.RegionalSecretIamMember(
      `${name}-${role}-reader`,
      { secretId: kept.secretId, location: region, role: "roles/secretmanager.secretAccessor", member: reader },
      { parent: this },
    );
  }
}
