/** Engine events as the engine sends them, cut down to what is read. */
import type { EngineEvent, OpType, StepEventMetadata } from "@pulumi/pulumi/automation";
import { DigestBuilder, emptyDigest, type Digest, type ResourceChange } from "../../preview/digest";
import type { StackReport } from "../../preview/report";

export function urn(name: string, type = "gcp:compute/address:Address"): string {
  return `urn:pulumi:prod.free::platform::platform:index:Cluster$${type}::${name}`;
}

type Extra = Partial<Pick<StepEventMetadata, "keys" | "diffs" | "detailedDiff">>;

function event(part: Partial<EngineEvent>): EngineEvent {
  return { sequence: 0, timestamp: 0, ...part };
}

function metadata(op: string, resource: string, extra: Extra): StepEventMetadata {
  const type = resource.split("::")[2]?.split("$").pop() ?? "";
  return { op: op as OpType, urn: resource, type, provider: "", ...extra };
}

export const announced = (op: string, resource: string, extra: Extra = {}): EngineEvent =>
  event({ resourcePreEvent: { metadata: metadata(op, resource, extra) } });
export const ended = (op: string, resource: string, extra: Extra = {}): EngineEvent =>
  event({ resOutputsEvent: { metadata: metadata(op, resource, extra) } });
export const failed = (op: string, resource: string): EngineEvent =>
  event({ resOpFailedEvent: { metadata: metadata(op, resource, {}), status: 1, steps: 1 } });
export const said = (
  severity: "info" | "info#err" | "warning" | "error",
  message: string,
  resource?: string,
): EngineEvent =>
  event({ diagnosticEvent: { severity, message, color: "never", ...(resource !== undefined && { urn: resource }) } });
export const violated = (policy: string, message: string, resource: string): EngineEvent =>
  event({
    policyEvent: {
      resourceUrn: resource,
      message,
      color: "never",
      policyName: policy,
      policyPackName: "rules",
      policyPackVersion: "1.0.0",
      policyPackVersionTag: "1.0.0",
      enforcementLevel: "mandatory",
    },
  });

/** A step from its announcement to its end. */
export const step = (op: string, resource: string, extra: Extra = {}): EngineEvent[] => [
  announced(op, resource, extra),
  ended(op, resource, extra),
];

export function digestOf(...events: (EngineEvent | EngineEvent[])[]): Digest {
  const builder = new DigestBuilder();
  for (const one of events.flat()) builder.add(one);
  return builder.build();
}

export function change(name: string, over: Partial<ResourceChange> = {}): ResourceChange {
  return {
    urn: urn(name),
    type: "gcp:compute/address:Address",
    name,
    kind: "create",
    failed: false,
    deleteFirst: false,
    paths: [],
    reasons: [],
    ...over,
  };
}

export function stackReport(domain: string, over: Partial<StackReport> = {}): StackReport {
  return { domain, stack: `prod.${domain}`, outcome: "succeeded", seconds: 1.25, digest: emptyDigest, ...over };
}
