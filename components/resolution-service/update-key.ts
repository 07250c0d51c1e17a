/** The TSIG key that signs dynamic updates, in Secret Manager: one regional secret in each region of the service. */
import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config";
import { sharedRegionName } from "../../config/names";
import { labelsOf } from "../labels";

/** What the secret is built from. */
export interface UpdateKeyArgs {
  readonly environment: Environment;
  readonly region: string;
  /** The key itself; it is kept nowhere but in the secret. */
  readonly value: pulumi.Input<string>;
  /** The name servers' account, the only one that may read it. */
  readonly reader: gcp.serviceaccount.Account;
}

/**
 * The key in one region. A regional secret rather than one replicated to the service's regions: regions stay independent,
 * and adding one does not replace the secret, which a change of its replication would.
 */
export class UpdateKey extends pulumi.ComponentResource {
  /** Resource name of the current version; a new key has a new one, so the name servers' pods roll. */
  readonly version: pulumi.Output<string>;
  /** The right to read it. */
  readonly access: pulumi.Resource;

  constructor(name: string, args: UpdateKeyArgs, opts: pulumi.ComponentResourceOptions) {
    super("platform:resolution:UpdateKey", name, {}, opts);
    const { environment, region, value, reader } = args;
    const secret = new gcp.secretmanager.RegionalSecret(
      `${name}-secret`,
      {
        secretId: sharedRegionName(environment.name, region, "dns-update-key"),
        location: region,
        labels: labelsOf({ environment: environment.name }, "dns-update-key"),
      },
      { parent: this, protect: environment.production },
    );
    const version = new gcp.secretmanager.RegionalSecretVersion(
      `${name}-version`,
      { secret: secret.id, secretData: value },
      { parent: this },
    );
    this.access = new gcp.secretmanager.RegionalSecretIamMember(
      `${name}-reader`,
      {
        secretId: secret.secretId,
        location: region,
        role: "roles/secretmanager.secretAccessor",
        member: reader.member,
      },
      { parent: this },
    );
    this.version = version.name;
    this.registerOutputs({ version: this.version });
  }
}
