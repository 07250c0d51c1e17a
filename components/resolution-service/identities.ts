/** The service accounts of the resolution service and what each may do. No keys: pods use workload identity. */
import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config";
import { sharedName, type ServiceRole } from "../../config/names";
import { parseRegistry } from "../registry";
import { NAMESPACE, serviceAccountOf } from "./manifests/metadata";
import type { Workload } from "./manifests/metadata";

const DESCRIPTIONS: Readonly<Record<ServiceRole, string>> = {
  nodes: "GKE nodes of the resolution service",
  api: "Control API of the resolution service",
  dns: "Node agents of the name servers",
};

/** One account per role, with least privilege. */
export class Identities extends pulumi.ComponentResource {
  /** The accounts by role. */
  readonly accounts: Readonly<Record<ServiceRole, gcp.serviceaccount.Account>>;
  /** What nodes may do; without it they neither pull images nor write logs. */
  readonly nodeRoles: readonly pulumi.Resource[];

  constructor(
    private readonly name: string,
    private readonly environment: Environment,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("platform:resolution:Identities", name, {}, opts);
    this.accounts = { nodes: this.account("nodes"), api: this.account("api"), dns: this.account("dns") };
    this.nodeRoles = this.grantNodes();
    this.registerOutputs({});
  }

  /**
   * Lets the workload's Kubernetes service account act as its Google service account, in every region: the identity pool
   * is the project's. The pool comes into being with the project's first GKE cluster, so the clusters must exist.
   */
  bindWorkload(workload: Workload, clusters: readonly pulumi.Resource[]): gcp.serviceaccount.IAMMember {
    const { project } = this.environment;
    return new gcp.serviceaccount.IAMMember(
      `${this.name}-${workload}-workload`,
      {
        serviceAccountId: this.accounts[workload].name,
        role: "roles/iam.workloadIdentityUser",
        member: `serviceAccount:${project}.svc.id.goog[${NAMESPACE}/${serviceAccountOf(workload)}]`,
      },
      { parent: this, dependsOn: [...clusters] },
    );
  }

  private account(role: ServiceRole): gcp.serviceaccount.Account {
    return new gcp.serviceaccount.Account(
      `${this.name}-${role}`,
      {
        accountId: sharedName(this.environment.name, role),
        displayName: `${this.environment.name} ${role}`,
        description: DESCRIPTIONS[role],
      },
      { parent: this },
    );
  }

  private grantNodes(): pulumi.Resource[] {
    const { project, images } = this.environment;
    const registry = parseRegistry(images.registry);
    const { member } = this.accounts.nodes;
    return [
      new gcp.projects.IAMMember(
        `${this.name}-nodes-telemetry`,
        // Logs and metrics, nothing else: what GKE asks of a node's account at least.
        { project, role: "roles/container.defaultNodeServiceAccount", member },
        { parent: this },
      ),
      new gcp.artifactregistry.RepositoryIamMember(
        `${this.name}-nodes-images`,
        {
          project: registry.project,
          location: registry.location,
          repository: registry.repository,
          role: "roles/artifactregistry.reader",
          member,
        },
        { parent: this },
      ),
    ];
  }
}
