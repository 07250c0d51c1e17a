/** Regional external Application Load Balancers, which GKE makes of Gateways and HTTPRoutes. Pure. */
import type { z } from "zod";
import type { CloudRecord } from "../../provider/store";
import { object, text } from "../../provider/values";
import type { ResourceName } from "../controller";
import { labelsOf, nameOf, namespaceOf } from "../kubernetes/records";
import { accepted, Refusal } from "../kubernetes/refusal";
import { CERTIFICATES_OPTION, gateway, gatewayPolicy, httpRoute, sslPolicy } from "./gateway-schema";
import type { HttpsFrontend, Interpreted, LoadBalancer, Route, Tls } from "./plan";
import { attached, podBackend } from "./pod-backends";
import { clusterAt, type Cluster } from "./services";
import { interpreted, proxyRange, type Surroundings } from "./surroundings";
import { KINDS, TYPES } from "./types";

type Spec = z.output<typeof gateway>["spec"];
type Listener = Spec["listeners"][number];

const VERSIONS = { TLS_1_0: "TLSv1.0", TLS_1_1: "TLSv1.1", TLS_1_2: "TLSv1.2" };
/** Of TLS 1.2: forward secrecy, and authenticated encryption. */
const STRONG_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20";

/** Where a Gateway is: its Kubernetes cluster and namespace. */
interface Place {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly name: string;
}

/** All Gateways of all clusters. */
export function gateways(surroundings: Surroundings): Interpreted[] {
  const { records } = surroundings;
  return records.kubernetesClusters().flatMap((endpoint) =>
    records.kubernetes(endpoint, KINDS.gateway).map((record) => {
      const resource = { scope: `kubernetes/${endpoint}`, type: record.type, id: record.id };
      return interpreted(resource, () => interpretGateway(surroundings, resource, endpoint, record));
    }),
  );
}

function interpretGateway(
  surroundings: Surroundings,
  resource: ResourceName,
  endpoint: string,
  record: CloudRecord,
): LoadBalancer {
  const { spec } = accepted(gateway, record.inputs);
  const place = { cluster: clusterAt(surroundings, endpoint), namespace: namespaceOf(record), name: nameOf(record) };
  const { region } = place.cluster;
  const proxies = proxyRange(surroundings, gatewayApiNetwork(surroundings, place.cluster), region);
  const [{ value: addressName }] = spec.addresses;
  const address = namedAddress(surroundings, addressName, region);
  const troubles: string[] = [];
  const frontends = spec.listeners.map((listener): HttpsFrontend => {
    const tls = tlsOf(surroundings, place, listener, troubles);
    return {
      kind: "https",
      name: `${place.cluster.name}.${place.namespace}.${place.name}.${listener.name}`,
      listen: [{ host: address, port: surroundings.network.port(listener.port) }],
      ...(tls !== undefined && { tls }),
      routes: routesOf(surroundings, place, listener, proxies, troubles),
    };
  });
  const labels = labelsOf(record);
  return {
    resource,
    unit: `${place.cluster.name}/gateway/${place.name}`,
    failureDomain: labels["failure-domain"] ?? "shared",
    role: labels.role ?? place.name,
    region,
    address,
    frontends,
    troubles: [...new Set(troubles)],
  };
}

/** The VPC of the GKE cluster. Throws a Refusal where the cluster has no Gateway API: nobody would look at a Gateway. */
function gatewayApiNetwork({ records }: Surroundings, { name }: Cluster): string {
  const cluster = records.google(TYPES.cluster).find(({ outputs }) => outputs.name === name);
  const { channel } = object(cluster?.outputs.gatewayApiConfig);
  if (channel !== "CHANNEL_STANDARD")
    throw new Refusal(`GKE cluster ${name} has no gatewayApiConfig.channel CHANNEL_STANDARD`);
  return text(cluster?.outputs.network);
}

function namedAddress({ records }: Surroundings, name: string, region: string): string {
  const found = records.google(TYPES.address).find(({ outputs }) => outputs.name === name && outputs.region === region);
  if (found !== undefined) return text(found.outputs.address);
  throw new Refusal(`spec.addresses: there is no address ${name} in ${region}`);
}

/** Undefined while there is no certificate: Google makes the load balancer, and it serves nobody. */
function tlsOf(surroundings: Surroundings, place: Place, listener: Listener, troubles: string[]): Tls | undefined {
  const { cluster, namespace, name } = place;
  const certified = surroundings.certificates.find(cluster.region, listener.tls.options[CERTIFICATES_OPTION]);
  const policyName = attached(surroundings, gatewayPolicy, KINDS.gatewayPolicy, cluster.endpoint, namespace, name)
    ?.default.sslPolicy;
  const policy = policyName === undefined ? UNCONFIGURED : policyOf(surroundings, policyName, cluster.region);
  if (policy === undefined) troubles.push(`there is no SSL policy ${policyName} in ${cluster.region}`);
  if (certified.is === "missing") troubles.push(`no certificate: ${certified.because}`);
  if (policy === undefined || certified.is === "missing") return undefined;
  const { combinedFile: file, fingerprint } = certified.certificate;
  return { file, fingerprint, ...policy };
}

const UNCONFIGURED = { minimumVersion: VERSIONS.TLS_1_0 };

function policyOf(
  { records }: Surroundings,
  name: string,
  region: string,
): Pick<Tls, "minimumVersion" | "ciphers"> | undefined {
  const record = records
    .google(TYPES.sslPolicy)
    .find(({ outputs }) => outputs.name === name && outputs.region === region);
  if (record === undefined) return undefined;
  const { minTlsVersion, profile } = accepted(sslPolicy, record.inputs);
  return { minimumVersion: VERSIONS[minTlsVersion], ...(profile !== "COMPATIBLE" && { ciphers: STRONG_CIPHERS }) };
}

/** The routes that name this listener of this Gateway: whole paths first, then the longest prefix, as the Gateway API has it. */
function routesOf(
  surroundings: Surroundings,
  place: Place,
  listener: Listener,
  proxies: string,
  troubles: string[],
): Route[] {
  const { cluster, namespace, name } = place;
  const declared = surroundings.records
    .kubernetes(cluster.endpoint, KINDS.httpRoute)
    .filter((record) => namespaceOf(record) === namespace)
    .map((record) => accepted(httpRoute, record.inputs).spec)
    .filter(({ parentRefs }) =>
      parentRefs.some((ref) => ref.name === name && (ref.sectionName ?? listener.name) === listener.name),
    );
  const routes = declared.flatMap(({ hostnames, rules }) =>
    rules.flatMap(({ matches, backendRefs: [ref] }) => {
      const backend = podBackend(surroundings, cluster, namespace, ref, proxies, troubles);
      if (backend === undefined) return [];
      return hostnames.flatMap((host) =>
        matches.map(({ path }): Route => {
          return { host, path: { type: path.type === "Exact" ? "exact" : "prefix", value: path.value }, backend };
        }),
      );
    }),
  );
  if (routes.length === 0) troubles.push(`no HTTPRoute leads from listener ${listener.name} anywhere`);
  return routes.sort((a, b) => {
    const exact = Number(b.path.type === "exact") - Number(a.path.type === "exact");
    return exact === 0 ? b.path.value.length - a.path.value.length : exact;
  });
}
