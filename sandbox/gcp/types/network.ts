import type { Failure } from "../../provider/package";
import type { RecordStore } from "../../provider/store";
import {
  isAbsent,
  isUnknown,
  list,
  object,
  type Properties,
  scalarText,
  show,
  text,
  type Value,
} from "../../provider/values";
import { claimExternalAddress, claimInternalAddress, releaseAddress } from "../addresses";
import { formatIpv4, overlaps, readCidr, sizeOf } from "../../../config/cidr";
import type { Definitions, OutputContext, Rule } from "../definition";
import { number } from "../../provider/hash";
import { COMPUTE, relativeLink, sameLink } from "../links";
import { failure, labels, name, oneOf, pattern, range, ranges, requiredIf, tags } from "../rules";

const SUBNETWORK = "gcp:compute/subnetwork:Subnetwork";
const PROXY_ONLY = "REGIONAL_MANAGED_PROXY";
const PURPOSES = [
  "PRIVATE",
  PROXY_ONLY,
  "GLOBAL_MANAGED_PROXY",
  "PRIVATE_SERVICE_CONNECT",
  "PEER_MIGRATION",
  "PRIVATE_NAT",
  "INTERNAL_HTTPS_LOAD_BALANCER",
];

/** A valid range of at most /29; a proxy-only subnet needs at least 64 addresses. */
const subnetRange: Rule = (inputs) => {
  const value = inputs.ipCidrRange;
  if (typeof value !== "string") return [];
  const cidr = readCidr(value);
  const smallest = inputs.purpose === PROXY_ONLY ? 26 : 29;
  if (cidr !== undefined && cidr.prefix <= smallest && cidr.prefix >= 4) return [];
  return [
    failure(
      "ipCidrRange",
      `${show(value)} is not valid here; use a network address with a prefix from /4 to /${smallest}`,
    ),
  ];
};

const proxyOnlySubnet: Rule = (inputs) => {
  const proxyOnly = inputs.purpose === PROXY_ONLY;
  const failures: Failure[] = [];
  if (!isUnknown(inputs.purpose) && !proxyOnly && !isAbsent(inputs.role) && inputs.purpose !== "GLOBAL_MANAGED_PROXY") {
    failures.push(failure("role", `${show(inputs.role)} needs purpose ${PROXY_ONLY}; remove role, or set the purpose`));
  }
  if (proxyOnly && isAbsent(inputs.role)) {
    failures.push(failure("role", `missing for purpose ${PROXY_ONLY}; set it to ACTIVE`));
  }
  for (const property of ["logConfig", "privateIpGoogleAccess", "secondaryIpRanges"]) {
    if (proxyOnly && !isAbsent(inputs[property]) && inputs[property] !== false) {
      failures.push(failure(property, `cannot be set for purpose ${PROXY_ONLY}; remove it`));
    }
  }
  return failures;
};

/** Ranges of one network must not overlap. */
function overlappingSubnet(inputs: Properties, store: RecordStore): string | undefined {
  const own = readCidr(text(inputs.ipCidrRange));
  if (own === undefined) return undefined;
  for (const { id, outputs } of store.list(SUBNETWORK)) {
    const other = readCidr(text(outputs.ipCidrRange));
    if (other === undefined || !sameLink(outputs.network, inputs.network) || !overlaps(own, other)) continue;
    return `Invalid IPCidrRange: ${text(inputs.ipCidrRange)} conflicts with existing subnetwork '${id}'; choose another range`;
  }
  return undefined;
}

/** The real provider expands a range in place and replaces the subnet to shrink it. */
function shrinks(olds: Properties, news: Properties): string[] {
  const [before, after] = [readCidr(text(olds.ipCidrRange)), readCidr(text(news.ipCidrRange))];
  if (before === undefined || after === undefined) return [];
  const contains =
    after.base <= before.base && after.base + sizeOf(after.prefix) >= before.base + sizeOf(before.prefix);
  return contains ? [] : ["ipCidrRange"];
}

const natRules: Rule = (inputs) => {
  const failures: Failure[] = [];
  const manual = inputs.natIpAllocateOption === "MANUAL_ONLY";
  const addresses = inputs.natIps ?? inputs.initialNatIps;
  if (manual && isAbsent(addresses))
    failures.push(failure("natIps", "missing for MANUAL_ONLY; list the addresses to use"));
  if (inputs.natIpAllocateOption === "AUTO_ONLY" && !isAbsent(addresses)) {
    failures.push(failure("natIps", "cannot be set for AUTO_ONLY; remove it, or use MANUAL_ONLY"));
  }
  const some = inputs.sourceSubnetworkIpRangesToNat === "LIST_OF_SUBNETWORKS";
  if (some && isAbsent(inputs.subnetworks)) {
    failures.push(failure("subnetworks", "missing for LIST_OF_SUBNETWORKS; list the subnetworks to translate"));
  }
  const dynamic = inputs.enableDynamicPortAllocation === true;
  if (dynamic && inputs.enableEndpointIndependentMapping === true) {
    failures.push(
      failure("enableEndpointIndependentMapping", "true excludes dynamic port allocation; set one of them to false"),
    );
  }
  const ports = inputs.minPortsPerVm;
  if (dynamic && typeof ports === "number" && (ports < 32 || ports > 32768 || !Number.isInteger(Math.log2(ports)))) {
    failures.push(
      failure("minPortsPerVm", `${ports} must be a power of two from 32 to 32768 for dynamic port allocation`),
    );
  }
  return failures;
};

const addressRules: Rule = (inputs) => {
  const internal = inputs.addressType === "INTERNAL";
  const failures: Failure[] = [];
  if (internal && !isAbsent(inputs.networkTier)) {
    failures.push(failure("networkTier", `${show(inputs.networkTier)} is for external addresses; remove it`));
  }
  if (!internal && !isUnknown(inputs.addressType) && !isAbsent(inputs.subnetwork)) {
    failures.push(failure("subnetwork", "is for internal addresses; remove it, or set addressType to INTERNAL"));
  }
  return failures;
};

function addressOutputs({ id, inputs, store }: OutputContext): Properties {
  if (inputs.addressType !== "INTERNAL") {
    return {
      address: inputs.address ?? claimExternalAddress(store, id),
      networkTier: "PREMIUM",
      prefixLength: 0,
      purpose: "",
    };
  }
  const subnet = relativeLink(text(inputs.subnetwork));
  const cidr = readCidr(text(store.read(SUBNETWORK, subnet)?.outputs.ipCidrRange) || "10.128.0.0/9")!;
  const address = inputs.address ?? claimInternalAddress(store, subnet || "default", cidr, id);
  return { address, networkTier: "PREMIUM", prefixLength: 0, purpose: "GCE_ENDPOINT" };
}

function releaseAddressOf(id: string, outputs: Properties, store: RecordStore): void {
  const internal = outputs.addressType === "INTERNAL";
  const subnet = internal ? relativeLink(text(outputs.subnetwork)) || "default" : "";
  releaseAddress(store, subnet, text(outputs.address), id);
}

function globalAddressOutputs({ id, inputs, store }: OutputContext): Properties {
  if (inputs.addressType !== "INTERNAL") return { address: claimExternalAddress(store, id), prefixLength: 0 };
  const size = sizeOf(Number(inputs.prefixLength ?? 32));
  const private10 = readCidr("10.0.0.0/8")!;
  const slots = Math.max(1, Math.floor(sizeOf(private10.prefix) / size));
  return { address: formatIpv4(private10.base + (number(id) % slots) * size) };
}

const isPeeringRange = (inputs: Properties) => inputs.purpose === "VPC_PEERING";

const PROTOCOLS_WITH_PORTS = ["tcp", "udp", "sctp", "6", "17", "132"];
const PROTOCOL = /^(tcp|udp|icmp|esp|ah|sctp|ipip|all|\d{1,3})$/i;

/** Ingress needs to be told from where, egress must not be; ports exist in some protocols only. */
const firewallRules: Rule = (inputs) => {
  const egress = inputs.direction === "EGRESS";
  const sources = ["sourceRanges", "sourceTags", "sourceServiceAccounts"];
  const given = sources.filter((property) => !isAbsent(inputs[property]));
  const failures: Failure[] = [];
  if (!egress && !isUnknown(inputs.direction) && given.length === 0) {
    failures.push(failure("sourceRanges", `one of ${sources.join(", ")} must be set for ingress, but none is`));
  }
  if (egress)
    given.forEach((property) => failures.push(failure(property, "is for ingress; remove it from an egress rule")));
  for (const property of ["allows", "denies"]) {
    list(inputs[property]).forEach((entry, index) =>
      failures.push(...portFailures(object(entry), `${property}[${index}]`)),
    );
  }
  return failures;
};

function portFailures(entry: Properties, at: string): Failure[] {
  const protocol = text(entry.protocol).toLowerCase();
  const failures: Failure[] = [];
  if (protocol !== "" && !PROTOCOL.test(protocol)) {
    failures.push(
      failure(
        `${at}.protocol`,
        `${show(protocol)} is not a protocol; use tcp, udp, icmp, esp, ah, sctp, ipip, all or a number`,
      ),
    );
  }
  const ports = list(entry.ports);
  if (protocol !== "" && ports.length > 0 && !PROTOCOLS_WITH_PORTS.includes(protocol)) {
    failures.push(failure(`${at}.ports`, `${protocol} has no ports; remove them`));
  }
  ports.forEach((port, index) => {
    if (!isUnknown(port) && !isPortRange(port)) {
      failures.push(
        failure(`${at}.ports[${index}]`, `${show(port)} is not a port or range; write it like "443" or "8000-8100"`),
      );
    }
  });
  return failures;
}

function isPortRange(value: Value): boolean {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(scalarText(value));
  if (match === null) return false;
  const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
  return from <= to && to <= 65535;
}

/** VPC networks, subnets, routers, addresses and firewalls. */
export const NETWORK_TYPES: Definitions = {
  "gcp:compute/network:Network": {
    id: "projects/{project}/global/networks/{name}",
    selfLink: COMPUTE,
    rules: [name, range("mtu", 1300, 8896), oneOf("routingMode", ["REGIONAL", "GLOBAL"])],
    outputs: ({ inputs }) => ({ mtu: inputs.mtu ?? 0, routingMode: "REGIONAL" }),
  },
  [SUBNETWORK]: {
    id: "projects/{project}/regions/{region}/subnetworks/{name}",
    selfLink: COMPUTE,
    rules: [name, oneOf("purpose", PURPOSES), oneOf("role", ["ACTIVE", "BACKUP"]), subnetRange, proxyOnlySubnet],
    replaces: shrinks,
    obstacle: overlappingSubnet,
    outputs: ({ inputs }) => {
      const cidr = readCidr(text(inputs.ipCidrRange));
      const gatewayAddress = cidr === undefined ? "" : formatIpv4(cidr.base + 1);
      return {
        gatewayAddress,
        purpose: "PRIVATE",
        stackType: "IPV4_ONLY",
        privateIpGoogleAccess: false,
        state: "READY",
      };
    },
  },
  "gcp:compute/router:Router": {
    id: "projects/{project}/regions/{region}/routers/{name}",
    selfLink: COMPUTE,
    rules: [
      name,
      requiredIf("network", (inputs) => isAbsent(inputs.nccGateway), "missing; set the network to route for"),
    ],
  },
  "gcp:compute/routerNat:RouterNat": {
    id: "{project}/{region}/{router:short}/{name}",
    rules: [
      name,
      oneOf("natIpAllocateOption", ["MANUAL_ONLY", "AUTO_ONLY"]),
      oneOf("sourceSubnetworkIpRangesToNat", [
        "ALL_SUBNETWORKS_ALL_IP_RANGES",
        "ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES",
        "LIST_OF_SUBNETWORKS",
      ]),
      natRules,
    ],
    outputs: () => ({
      autoNetworkTier: "PREMIUM",
      endpointTypes: ["ENDPOINT_TYPE_VM"],
      enableDynamicPortAllocation: false,
    }),
  },
  "gcp:compute/address:Address": {
    id: "projects/{project}/regions/{region}/addresses/{name}",
    selfLink: COMPUTE,
    rules: [
      name,
      labels(),
      oneOf("addressType", ["INTERNAL", "EXTERNAL"]),
      oneOf("networkTier", ["PREMIUM", "STANDARD"]),
      addressRules,
    ],
    outputs: addressOutputs,
    released: releaseAddressOf,
  },
  "gcp:compute/globalAddress:GlobalAddress": {
    id: "projects/{project}/global/addresses/{name}",
    selfLink: COMPUTE,
    rules: [
      name,
      labels(),
      requiredIf("prefixLength", isPeeringRange, "missing for VPC_PEERING; set it to 16, for example"),
      requiredIf("network", isPeeringRange, "missing for VPC_PEERING; set the network to reserve the range in"),
    ],
    outputs: globalAddressOutputs,
    released: releaseAddressOf,
  },
  "gcp:compute/firewall:Firewall": {
    id: "projects/{project}/global/firewalls/{name}",
    selfLink: COMPUTE,
    rules: [
      name,
      range("priority", 0, 65535),
      oneOf("direction", ["INGRESS", "EGRESS"]),
      pattern("network", /\S/, "set it to the network the rule belongs to"),
      ranges("sourceRanges"),
      ranges("destinationRanges"),
      tags("sourceTags"),
      tags("targetTags"),
      firewallRules,
    ],
    outputs: () => ({ direction: "INGRESS", enableLogging: false }),
  },
};
