/**
 * What the environment of an image's processes is on this machine beside what the stack declares: where the sandbox's stand-ins
 * for Google's services are, and what tells two machines on one kernel apart. Nothing that the stack has to declare is made up
 * here: what it forgets is missing, as it would be in production. Pure.
 */
import type { Identities } from "../context";
import type { MachineSpec } from "../machine";
import type { Network } from "../network";
import type { Program } from "./programs";

export interface Surroundings {
  readonly machine: MachineSpec;
  /** As the container declares it. */
  readonly declared: Readonly<Record<string, string>>;
  readonly network: Network;
  readonly identities: Pick<Identities, "metadataHost" | "endpoints">;
  /** File of the sandbox's certificate authority. */
  readonly authorityFile: string;
}

type Variables = Readonly<Record<string, string>>;
type Adapter = (surroundings: Surroundings) => Variables;

const DNS_PORT = 53;
const HTTP_PORT = 80;
/** All of the sandbox's addresses: resolvers there ask for everybody, and no limit on one client's rate is meant for them. */
const LOOPBACK = "127.0.0.0/8";

/** HAProxy reserves memory and descriptors for each; a VM of its own takes a hundred thousand, a dozen on one machine do not. */
const EDGE_CONNECTIONS = "4000";
/** One per CPU is right for a VM of its own. Here all machines share the CPUs. */
const EDGE_THREADS = "1";
/** A host fills three quarters of its memory with apps. Without the limit of its container that is this machine's. */
const HOST_APPS = "32";

/** Google's services stand in elsewhere, and the certificates of the sandbox are its own authority's. */
const everyService: Adapter = ({ machine, identities, authorityFile }) => ({
  GCE_METADATA_HOST: identities.metadataHost(machine.serviceAccount),
  SECRET_MANAGER_ENDPOINT: identities.endpoints.secretManager,
  NODE_EXTRA_CA_CERTS: authorityFile,
});

/** The containers of a pod share its loopback address, and here have the pod's own in its place. */
const nameServerAgent: Adapter = ({ machine: { address }, declared, network }) => {
  const port = /:(\d{1,5})$/.exec(declared.KNOT_ADDRESS ?? "")?.[1];
  if (port === undefined) return {};
  const actual = network.port(Number(port));
  return {
    KNOT_ADDRESS: `${address}:${actual}`,
    KNOT_LISTEN: `${address}@${actual}`,
    KNOT_RATE_LIMIT_EXEMPT: LOOPBACK,
  };
};

/** It writes HAProxy's configuration, which has no view of its machine as Node's processes have. */
const edgeAgent: Adapter = ({ machine: { address }, network, identities }) => ({
  BIND_ADDRESS: address,
  SIBLING_PORT: String(network.port(HTTP_PORT)),
  COMPUTE_API_URL: identities.endpoints.compute,
  MAX_CONNECTIONS: EDGE_CONNECTIONS,
  HAPROXY_THREADS: EDGE_THREADS,
});

const AGENTS: Readonly<Record<string, Adapter>> = { dns: nameServerAgent, edge: edgeAgent };

const ADAPTERS: Readonly<Record<string, Adapter>> = {
  "node-agent": (surroundings) => AGENTS[surroundings.declared.NODE_KIND ?? ""]?.(surroundings) ?? {},
  "container-host": () => ({ MAX_APPS: HOST_APPS }),
  "control-api": ({ network, identities: { endpoints } }) => ({
    OIDC_ISSUER: endpoints.issuer,
    OIDC_JWKS_URL: endpoints.jwks,
    // Those of production are the public ones, which know nothing of the sandbox's zones.
    DNS_RESOLVERS: `${network.own("resolver")}:${network.port(DNS_PORT)}`,
  }),
};

/** The variables that a program gets here; they win over those that are declared. */
export function adapt({ image, isNode }: Program, surroundings: Surroundings): Variables {
  return { ...(isNode && everyService(surroundings)), ...ADAPTERS[image]?.(surroundings) };
}
