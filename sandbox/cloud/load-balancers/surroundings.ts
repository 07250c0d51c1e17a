/** What an interpretation of records looks at beside them. */
import type { CertificateSource } from "../authority";
import { linked } from "../compute/find-record";
import type { Firewall, Instance, Instances, Pods } from "../context";
import type { Records, ResourceName } from "../controller";
import type { Endpoint, Network } from "../network";
import { Refusal } from "../kubernetes/refusal";
import { sameLink } from "../../gcp/links";
import type { CloudRecord } from "../../provider/store";
import { text } from "../../provider/values";
import type { Interpreted, LoadBalancer } from "./plan";
import { TYPES } from "./types";

export interface Surroundings {
  readonly records: Records;
  readonly network: Pick<Network, "port" | "claim">;
  readonly instances: Instances;
  readonly pods: Pods;
  readonly firewall: Firewall;
  readonly certificates: CertificateSource;
}

/** What health checks of load balancers come from: https://cloud.google.com/load-balancing/docs/health-checks#fw-rule */
export const HEALTH_CHECK_RANGES = ["35.191.0.0/16", "130.211.0.0/22"];

/** Whose address nobody listens at: connections that a firewall would drop go there. */
const NOBODY = "load-balancers/nobody";

/** Interprets a record; what is not emulated becomes a reason. */
export function interpreted(resource: ResourceName, interpret: () => LoadBalancer): Interpreted {
  try {
    return interpret();
  } catch (error) {
    if (error instanceof Refusal) return { resource, refused: error.message };
    throw error;
  }
}

/** The record that a link names; throws a Refusal where there is none. */
export function neededRecord(records: Records, type: string, link: string): CloudRecord {
  const record = linked(records, type, link);
  if (record === undefined) throw new Refusal(`${link} does not exist`);
  return record;
}

/**
 * The addresses that a region's proxies connect from. Throws a Refusal where the network has no proxy-only subnet there: Google
 * makes no such load balancer then.
 */
export function proxyRange({ records }: Surroundings, network: string, region: string): string {
  const subnet = records.google(TYPES.subnetwork).find(({ inputs, outputs }) => {
    const isFor = inputs.purpose === "REGIONAL_MANAGED_PROXY" && inputs.role === "ACTIVE";
    return isFor && outputs.region === region && sameLink(text(outputs.network), network);
  });
  if (subnet !== undefined) return text(subnet.outputs.ipCidrRange);
  throw new Refusal(`${network} has no active proxy-only subnet (purpose REGIONAL_MANAGED_PROXY) in ${region}`);
}

/** Says whether connections from a range would arrive. */
export type Gate = (range: string, port: number) => { readonly allowed: boolean; readonly reason: string };

/** The gate of a VM. */
export function gateOf({ firewall, records }: Surroundings, instance: Instance): Gate {
  return (range, port) => firewall.allows(records, instance, port, { range });
}

export interface Reachable {
  readonly endpoint: Endpoint;
  /** Why it is nobody's. */
  readonly troubles: readonly string[];
}

/** The endpoint if connections from all the ranges would arrive there, and one at which nobody listens if not. */
export function throughGate(
  { network }: Surroundings,
  gate: Gate,
  endpoint: Endpoint,
  ranges: readonly string[],
): Reachable {
  const verdicts = ranges.map((range) => gate(range, endpoint.port));
  const troubles = [...new Set(verdicts.flatMap(({ allowed, reason }) => (allowed ? [] : [reason])))];
  const host = troubles.length === 0 ? endpoint.host : network.claim(NOBODY);
  return { endpoint: { host, port: network.port(endpoint.port) }, troubles };
}
