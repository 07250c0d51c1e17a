import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Fact, Facts } from "./fact";

/** Fields that the cluster sets, in every kind. */
const COMPUTED = [
  "status",
  "metadata.uid",
  "metadata.resourceVersion",
  "metadata.generation",
  "metadata.creationTimestamp",
  "metadata.deletionTimestamp",
  "metadata.deletionGracePeriodSeconds",
  "metadata.selfLink",
  "metadata.managedFields",
];

/** A kind of object, and what of it cannot change. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Whether objects live in a namespace. Default true. */
  readonly namespaced?: boolean;
  /**
   * Fields, besides name and namespace, whose change replaces the object: the API refuses to update them, or the
   * official provider chooses to replace (data of ConfigMaps and Secrets, so that pods see a new name).
   */
  readonly immutable: readonly string[];
  /** Fields that the cluster fills in where they are not given. */
  readonly defaulted?: readonly string[];
}

/** A kind that only a custom resource definition describes; its fields are in `gatewayFacts`. */
const custom = (apiVersion: string, kind: string): Kind => ({ apiVersion, kind, immutable: [] });

/** The built-in kinds the local provider serves, by resource type token. */
export const KUBERNETES_KINDS: Readonly<Record<string, Kind>> = {
  "kubernetes:core/v1:Namespace": { apiVersion: "v1", kind: "Namespace", namespaced: false, immutable: [] },
  "kubernetes:core/v1:ConfigMap": { apiVersion: "v1", kind: "ConfigMap", immutable: ["data", "binaryData"] },
  "kubernetes:core/v1:Secret": {
    apiVersion: "v1",
    kind: "Secret",
    immutable: ["data", "stringData", "type"],
    defaulted: ["data", "type"],
  },
  "kubernetes:core/v1:Service": {
    apiVersion: "v1",
    kind: "Service",
    immutable: ["spec.clusterIP", "spec.type"],
    defaulted: ["spec.clusterIP"],
  },
  "kubernetes:core/v1:ServiceAccount": { apiVersion: "v1", kind: "ServiceAccount", immutable: [] },
  "kubernetes:apps/v1:Deployment": { apiVersion: "apps/v1", kind: "Deployment", immutable: ["spec.selector"] },
  "kubernetes:apps/v1:StatefulSet": {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    immutable: [
      "spec.podManagementPolicy",
      "spec.revisionHistoryLimit",
      "spec.selector",
      "spec.serviceName",
      "spec.volumeClaimTemplates",
    ],
  },
  "kubernetes:policy/v1:PodDisruptionBudget": { apiVersion: "policy/v1", kind: "PodDisruptionBudget", immutable: [] },
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    immutable: [],
  },
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    immutable: [],
  },
  "kubernetes:rbac.authorization.k8s.io/v1:Role": {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    immutable: [],
  },
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    immutable: ["roleRef"],
  },
};

/** The custom kinds the local provider serves. */
export const CUSTOM_KINDS: Readonly<Record<string, Kind>> = {
  "kubernetes:gateway.networking.k8s.io/v1:Gateway": custom("gateway.networking.k8s.io/v1", "Gateway"),
  "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute": custom("gateway.networking.k8s.io/v1", "HTTPRoute"),
  "kubernetes:monitoring.googleapis.com/v1:PodMonitoring": custom("monitoring.googleapis.com/v1", "PodMonitoring"),
  "kubernetes:networking.gke.io/v1:GCPBackendPolicy": custom("networking.gke.io/v1", "GCPBackendPolicy"),
  "kubernetes:networking.gke.io/v1:GCPGatewayPolicy": custom("networking.gke.io/v1", "GCPGatewayPolicy"),
  "kubernetes:networking.gke.io/v1:HealthCheckPolicy": custom("networking.gke.io/v1", "HealthCheckPolicy"),
};

/** The facts about built-in kinds, one {@link NamedDefinition} per line, written by `extract-kubernetes.ts`. */
export const DEFINITIONS_FILE = join(__dirname, "kubernetes", "definitions.jsonl");
/** The facts about custom kinds in the same form, written by hand from their definitions' schemas. */
export const CUSTOM_FILE = join(__dirname, "kubernetes", "custom.jsonl");

/** Like {@link Fact}, but `elem` names another definition. */
export interface DefinitionField extends Omit<Fact, "elem"> {
  readonly elem?: string;
}
export type Definition = Readonly<Record<string, DefinitionField>>;

/** A line of a definitions file. */
export interface NamedDefinition {
  readonly name: string;
  readonly fields: Definition;
}

/** The name of a kind's definition: `apps.v1.Deployment`. */
export function kindDefinition({ apiVersion, kind }: Kind): string {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["core", apiVersion];
  return `${group?.split(".")[0]}.${version}.${kind}`;
}

const resolved = new Map<string, Facts>();
let definitions: Readonly<Record<string, Definition>> | undefined;

/** The facts about a kind; an error tells how to add one that is not known. */
export function kubernetesFacts(token: string): Facts {
  const kind = KUBERNETES_KINDS[token] ?? CUSTOM_KINDS[token];
  if (kind === undefined) {
    throw new Error(
      `${token}: the local provider has no facts about this kind; add it to KUBERNETES_KINDS in ` +
        "sandbox/facts/kubernetes.ts and run sandbox/facts/extract-kubernetes.ts, or for a custom kind to CUSTOM_KINDS and custom.jsonl",
    );
  }
  let facts = resolve(kindDefinition(kind));
  for (const path of COMPUTED) facts = withFact(facts, path, outputOnly);
  for (const path of kind.defaulted ?? []) facts = withFact(facts, path, (fact) => ({ ...fact, computed: true }));
  for (const path of ["metadata.name", "metadata.namespace", ...kind.immutable]) {
    facts = withFact(facts, path, (fact) => ({ ...fact, forceNew: true }));
  }
  return facts;
}

function outputOnly({ type, elem }: Fact): Fact {
  return { type, computed: true, ...(elem === undefined ? {} : { elem }) };
}

/** Definitions refer to each other and share what they contain, so each is resolved once. */
function resolve(name: string): Facts {
  const known = resolved.get(name);
  if (known !== undefined) return known;
  definitions ??= { ...read(DEFINITIONS_FILE), ...read(CUSTOM_FILE) };
  const definition = definitions[name];
  if (definition === undefined) throw new Error(`there is no definition of ${name} in ${DEFINITIONS_FILE}`);
  const facts: Record<string, Fact> = {};
  resolved.set(name, facts);
  for (const [field, { elem, ...fact }] of Object.entries(definition)) {
    facts[field] = elem === undefined ? fact : { ...fact, elem: resolve(elem) };
  }
  return facts;
}

function read(path: string): Readonly<Record<string, Definition>> {
  const lines = readFileSync(path, "utf8").trim().split("\n");
  const named = lines.map((line) => JSON.parse(line) as NamedDefinition);
  return Object.fromEntries(named.map(({ name, fields }) => [name, fields]));
}

/** A copy of `facts` in which the fact at a dotted path is changed; nothing changes if there is none. */
function withFact(facts: Facts, path: string, change: (fact: Fact) => Fact): Facts {
  const [head = "", ...rest] = path.split(".");
  const fact = facts[head];
  if (fact === undefined) return facts;
  const changed =
    rest.length === 0 ? change(fact) : { ...fact, elem: withFact(fact.elem ?? {}, rest.join("."), change) };
  return { ...facts, [head]: changed };
}
