import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { customRoleId, serviceAccountId, type MachineRole } from "../../config/names";
import { parseRegistry } from "../registry";
import type { ClusterScope } from "./scope";

/** What every machine does: write its logs and metrics, and pull the platform's images. */
const MACHINE_ROLES = { logs: "roles/logging.logWriter", metrics: "roles/monitoring.metricWriter" } as const;

/**
 * What an edge's agent needs to know which container VMs there are, and no more. `roles/compute.viewer`, the least predefined
 * role with these, reads every resource of Compute Engine in the project, which other clusters may share.
 */
const INSTANCE_READER_PERMISSIONS = ["compute.instances.get", "compute.instances.list"];

export interface MachineIdentityArgs {
  readonly scope: ClusterScope;
  /** Which machines have this identity. */
  readonly role: MachineRole;
  /** Whether they may list the project's instances. Default false. */
  readonly readsInstances?: boolean;
}

/**
 * The service account of one kind of machine, with the least roles. Other components grant it what is theirs, such as access
 * to a secret.
 */
export class MachineIdentity extends pulumi.ComponentResource {
  /** The service account's email. */
  readonly email: pulumi.Output<string>;
  /** The service account as a member of IAM policies. */
  readonly member: pulumi.Output<string>;

  constructor(name: string, args: MachineIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:cluster:MachineIdentity", name, {}, opts);
    const { scope, role, readsInstances = false } = args;

    const account = new gcp.serviceaccount.Account(
      `${name}-account`,
      {
        accountId: serviceAccountId(scope.prefix, role),
        project: scope.project,
        displayName: `${scope.environment.name} ${scope.cluster}: ${role} machines`,
      },
      { parent: this },
    );
    this.email = account.email;
    this.member = account.member;

    this.grantInProject(name, scope.project, MACHINE_ROLES);
    this.grantImages(name, scope.environment.images.registry);
    if (readsInstances) this.grantInstances(name, args);
    this.registerOutputs({ email: this.email, member: this.member });
  }

  private grantInProject(name: string, project: string, roles: Readonly<Record<string, pulumi.Input<string>>>): void {
    for (const [purpose, role] of Object.entries(roles)) {
      new gcp.projects.IAMMember(`${name}-${purpose}`, { project, role, member: this.member }, { parent: this });
    }
  }

  /** The registry may lie in another project, so the grant names all of it. */
  private grantImages(name: string, registry: string): void {
    const { project, location, repository } = parseRegistry(registry);
    new gcp.artifactregistry.RepositoryIamMember(
      `${name}-images`,
      { project, location, repository, role: "roles/artifactregistry.reader", member: this.member },
      { parent: this },
    );
  }

  private grantInstances(name: string, { scope, role }: MachineIdentityArgs): void {
    const reader = new gcp.projects.IAMCustomRole(
      `${name}-instance-reader`,
      {
        roleId: customRoleId(scope.prefix, `${role}-instance-reader`),
        project: scope.project,
        title: `${scope.environment.name} ${scope.cluster}: instance reader`,
        description: "Follow the instances of the container VM groups",
        permissions: INSTANCE_READER_PERMISSIONS,
      },
      { parent: this },
    );
    this.grantInProject(name, scope.project, { instances: reader.name });
  }
}
