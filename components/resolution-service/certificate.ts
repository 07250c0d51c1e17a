/** The control API's certificate in one region, issued and renewed by Google, and the TLS settings beside it. */
import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config";
import { controlApiName, sharedRegionName } from "../../config/names";
import { labelsOf } from "../labels";

/** A DNS record that another component is to register. */
export interface RecordOutput {
  /** Fully qualified, with the trailing dot. */
  readonly name: pulumi.Output<string>;
  readonly type: pulumi.Output<string>;
  readonly data: pulumi.Output<string>;
}

/** A regional load balancer takes only certificates of its region, and those only authorizations of theirs. */
export class ApiCertificate extends pulumi.ComponentResource {
  /** Name that the Gateway refers to it by. */
  readonly certificateName: pulumi.Output<string>;
  /** Name of the TLS policy. */
  readonly policyName: pulumi.Output<string>;
  /** Proves that the name is ours. The certificate is issued once the zone has it, and renewed as long as it stays. */
  readonly authorization: RecordOutput;

  constructor(name: string, environment: Environment, region: string, opts: pulumi.ComponentResourceOptions) {
    super("platform:resolution:ApiCertificate", name, {}, opts);
    const physicalName = sharedRegionName(environment.name, region, "api");
    const labels = labelsOf({ environment: environment.name }, "api-certificate");
    const domain = controlApiName(environment.domain);
    const authorization = new gcp.certificatemanager.DnsAuthorization(
      `${name}-authorization`,
      { name: physicalName, location: region, domain, type: "PER_PROJECT_RECORD", labels },
      { parent: this },
    );
    const certificate = new gcp.certificatemanager.Certificate(
      `${name}-certificate`,
      {
        name: physicalName,
        location: region,
        labels,
        managed: { domains: [domain], dnsAuthorizations: [authorization.id] },
      },
      { parent: this },
    );
    const policy = new gcp.compute.RegionSslPolicy(
      `${name}-tls`,
      { name: physicalName, region, minTlsVersion: "TLS_1_2", profile: "MODERN" },
      { parent: this },
    );
    this.certificateName = certificate.name;
    this.policyName = policy.name;
    this.authorization = recordOf(authorization);
    this.registerOutputs({ certificateName: this.certificateName });
  }
}

function recordOf({ dnsResourceRecords }: gcp.certificatemanager.DnsAuthorization): RecordOutput {
  const field = (key: "name" | "type" | "data") =>
    dnsResourceRecords.apply(([record]) => {
      if (record === undefined)
        throw new Error("Certificate Manager gave the DNS authorization no record; refresh and retry");
      return record[key];
    });
  return { name: field("name"), type: field("type"), data: field("data") };
}
