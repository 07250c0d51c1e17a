import { formatIpv4, parseIpv4 } from "../../config/cidr";
import { number } from "../provider/hash";
import { isAbsent, list, object, type Properties, scalarText, text } from "../provider/values";

/** What a cluster that has settled shows about an object: its status, and addresses of services. */
export function statusOf(kind: string, id: string, outputs: Properties, created: string): Properties {
  const spec = object(outputs.spec);
  switch (kind) {
    case "Namespace":
      return { status: { phase: "Active" } };
    case "Service":
      return serviceStatus(id, spec);
    case "Deployment":
    case "StatefulSet":
      return { status: workloadStatus(kind, spec, object(outputs.metadata).generation, created) };
    case "Gateway":
      return {
        status: { addresses: list(spec.addresses).map((address) => ({ type: "IPAddress", ...object(address) })) },
      };
    case "Secret":
      return secretData(outputs);
    default:
      return {};
  }
}

function serviceStatus(id: string, spec: Properties): Properties {
  const clusterIP = text(spec.clusterIP) || formatIpv4((parseIpv4("34.118.224.0") ?? 0) + 2 + (number(id) % 4000));
  if (spec.type !== "LoadBalancer") return { spec: { clusterIP }, status: { loadBalancer: {} } };
  const ip = text(spec.loadBalancerIP) || formatIpv4((parseIpv4("198.18.0.0") ?? 0) + 2 + (number(id) % 131_000));
  return { spec: { clusterIP }, status: { loadBalancer: { ingress: [{ ip }] } } };
}

function workloadStatus(kind: string, spec: Properties, generation: Properties[string], created: string): Properties {
  const replicas = isAbsent(spec.replicas) ? 1 : spec.replicas;
  const counts = {
    observedGeneration: generation,
    replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    updatedReplicas: replicas,
  };
  if (kind === "StatefulSet") return counts;
  const times = { lastTransitionTime: created, lastUpdateTime: created };
  return {
    ...counts,
    conditions: [{ type: "Available", status: "True", reason: "MinimumReplicasAvailable", ...times }],
  };
}

/** The API server keeps plain text of `stringData` as base64 in `data`. */
function secretData(outputs: Properties): Properties {
  const plain = Object.entries(object(outputs.stringData));
  if (plain.length === 0) return { type: text(outputs.type) || "Opaque" };
  const data = Object.fromEntries(
    plain.map(([key, value]) => [key, Buffer.from(scalarText(value)).toString("base64")]),
  );
  return { type: text(outputs.type) || "Opaque", data };
}
