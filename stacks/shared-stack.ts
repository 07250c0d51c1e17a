/** Stack `<environment>`: what the environment's clusters share by design: resolution service and DNS zone. */
import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import { ResolutionService } from "../components/resolution-service";
import { Zone } from "../components/zone";
import type { Environment } from "../config";
import { clusterOutputs } from "./deployed-clusters";
import type { Secrets } from "./secrets";

/** Registers resolution service and zone for the clusters that are deployed, and returns the stack's outputs. */
export async function sharedStack(environment: Environment, { dnsUpdateKey }: Secrets): Promise<pulumi.Inputs> {
  const outputs = await clusterOutputs(environment);
  const google = new gcp.Provider("google", {
    project: environment.project,
    region: environment.resolution.database.region,
  });
  const providers = { gcp: google };
  const resolution = new ResolutionService(
    "resolution",
    { environment, clusters: outputs, secrets: { dnsUpdateKey } },
    { providers },
  );
  const zone = new Zone("zone", { environment, clusters: outputs, resolution }, { providers });
  return {
    parentNameServers: zone.parentNameServers,
    nameServers: resolution.dnsAddresses,
    controlApi: resolution.apiAddresses,
  };
}
