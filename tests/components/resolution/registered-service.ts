/** A resolution service of a committed environment, edited, registered against Pulumi's mocks. */
import * as pulumi from "@pulumi/pulumi";
import type { ClusterOutputs } from "../../../components/cluster-outputs";
import { ResolutionService } from "../../../components/resolution-service";
import { readStackEnvironment, type Environment } from "../../../config";
import { sectionsOf, stackValuesOf, type Edits } from "../../support/environments";
import { register, type Registered } from "./registered";

export const DNS_UPDATE_KEY = "dns-update-key-value";

/** A committed environment with edits such as `{ "domain.ttl": 5 }`. */
export function environmentOf(name: "prod" | "sandbox", edits: Edits = {}): Environment {
  return readStackEnvironment(name, stackValuesOf(sectionsOf(name, edits)));
}

/** Outputs of a deployed cluster, recognisable by its name. */
export function outputsOf(cluster: string): ClusterOutputs {
  return {
    hostingAddress: `hosting of ${cluster}`,
    workspaceAddress: `workspace of ${cluster}`,
    natAddress: `nat of ${cluster}`,
    nodeIdentities: { host: `host@${cluster}`, edge: `edge@${cluster}` },
  };
}

/** Every cluster of the environment, deployed. */
export function deployed(environment: Environment): Record<string, ClusterOutputs> {
  return Object.fromEntries(Object.keys(environment.clusters).map((name) => [name, outputsOf(name)]));
}

export interface RegisteredService extends Registered {
  readonly service: ResolutionService;
}

/** Registers the service and waits until every resource of it is. */
export async function registerService(
  environment: Environment,
  options: { clusters?: Record<string, pulumi.Input<ClusterOutputs>>; preview?: boolean } = {},
): Promise<RegisteredService> {
  let service: ResolutionService | undefined;
  const registered = await register(environment.name, options.preview ?? false, (opts) => {
    const clusters = options.clusters ?? deployed(environment);
    const secrets = { dnsUpdateKey: pulumi.secret(DNS_UPDATE_KEY) };
    service = new ResolutionService("resolution", { environment, clusters, secrets }, opts);
  });
  if (service === undefined) throw new Error("the service was not constructed");
  return { ...registered, service };
}
