import { type Kind, kubernetesFacts } from "../facts/kubernetes";
import type { Facts } from "../facts/fact";
import { hexadecimal, number, uuid } from "../provider/hash";
import {
  CloudError,
  type Checked,
  type CheckRequest,
  type Difference,
  type Failure,
  type OutputRequest,
  type ResourceType,
} from "../provider/package";
import type { PropertyPath } from "../provider/property-path";
import { checkSchema } from "../provider/schema-check";
import { diffSchema } from "../provider/schema-diff";
import { carriedOutputs, unknownOutputs } from "../provider/schema-outputs";
import type { RecordStore } from "../provider/store";
import { isAbsent, mergeProperties, object, type Properties, text, UNKNOWN } from "../provider/values";
import { KIND_RULES } from "./kinds";
import { metadata } from "./rules";
import { statusOf } from "./status";

const NAMESPACE = "kubernetes:core/v1:Namespace";
/** Namespaces that every GKE cluster has. */
const BUILT_IN_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease", "gmp-system", "gmp-public"];
/** The annotation by which the official provider, too, remembers that it made the name. */
const AUTO_NAMED = "pulumi.com/autonamed";
const SUFFIX_LENGTH = 8;
/** What ConfigMaps and Secrets hold. */
const DATA = ["data", "binaryData", "stringData"];

/** A kind of Kubernetes object in one cluster. */
export class KubernetesResourceType implements ResourceType {
  readonly shared = false;
  readonly secretOutputs: readonly PropertyPath[];
  private readonly facts: Facts;

  constructor(
    readonly token: string,
    private readonly kind: Kind,
    private readonly defaultNamespace: string,
    /** Whether the provider is configured to change this kind's data in place instead of replacing the object. */
    private readonly mutableData = false,
  ) {
    this.facts = kubernetesFacts(token);
    this.secretOutputs = kind.kind === "Secret" ? [["data"], ["stringData"]] : [];
  }

  check(request: CheckRequest): Checked {
    const inputs = this.complete(request);
    const failures = checkSchema(this.facts, inputs);
    if (failures.length > 0) return { inputs, failures };
    const { apiVersion, kind } = this.kind;
    for (const [property, expected] of Object.entries({ apiVersion, kind })) {
      if (inputs[property] !== expected)
        failures.push({ property, reason: `must be ${expected} for ${this.token}; correct it` });
    }
    return { inputs, failures: [...failures, ...this.ruleFailures(inputs)] };
  }

  private ruleFailures(inputs: Properties): Failure[] {
    return [metadata, ...(KIND_RULES[this.kind.kind] ?? [])].flatMap((rule) => [...rule(inputs)]);
  }

  /** The inputs with apiVersion, kind, namespace and, where no name is given, a generated one. */
  private complete({ news, olds, urn, randomSeed }: CheckRequest): Properties {
    const { apiVersion, kind } = this.kind;
    const given = news.metadata;
    if (!isAbsent(given) && typeof given !== "object") return { apiVersion, kind, ...news };
    const completed = { ...object(given) };
    if (this.kind.namespaced !== false && isAbsent(completed.namespace)) completed.namespace = this.defaultNamespace;
    if (isAbsent(completed.name) && isAbsent(completed.generateName)) {
      const old = object(olds.metadata);
      const resource = urn.split("::").slice(3).join("::").toLowerCase();
      const suffix = hexadecimal(SUFFIX_LENGTH, urn, Buffer.from(randomSeed).toString("hex"));
      completed.name = isAutoNamed(olds) ? old.name : `${resource}-${suffix}`;
      completed.annotations = { ...object(completed.annotations), [AUTO_NAMED]: "true" };
    }
    return { apiVersion, kind, ...news, metadata: completed };
  }

  diff(olds: Properties, news: Properties): Difference {
    const changes = diffSchema(this.facts, olds, news).map((change) =>
      this.mutableData && DATA.includes(String(change.path[0])) ? { ...change, replace: false } : change,
    );
    const replaces = changes.some((change) => change.replace);
    const [old, next] = [object(olds.metadata), object(news.metadata)];
    const sameName = old.name === next.name && old.namespace === next.namespace;
    return { changes, deleteBeforeReplace: replaces && sameName && !isAutoNamed(news) };
  }

  /** `namespace/name`, or `name` of what is in no namespace. */
  id(inputs: Properties): string {
    const { name, namespace, generateName } = object(inputs.metadata);
    const own = isAbsent(name) ? `${text(generateName)}${hexadecimal(5, inputs)}` : text(name);
    return this.kind.namespaced === false ? own : `${text(namespace)}/${own}`;
  }

  preview(inputs: Properties, olds: Properties | undefined): Properties {
    if (olds === undefined) return unknownOutputs(this.facts, inputs);
    const outputs = carriedOutputs(this.facts, olds, inputs);
    return mergeProperties(outputs, { metadata: { resourceVersion: UNKNOWN, generation: UNKNOWN } });
  }

  outputs({ id, inputs, olds, created }: OutputRequest): Properties {
    const generation = olds === undefined ? 1 : Number(object(olds.metadata).generation ?? 0) + 1;
    const computed: Properties = {
      metadata: {
        name: id.slice(id.indexOf("/") + 1),
        uid: uuid(this.token, id, created),
        creationTimestamp: created,
        generation,
        resourceVersion: String(number(this.token, id, created, inputs, generation)),
      },
    };
    const carried = olds === undefined ? inputs : carriedOutputs(this.facts, olds, inputs);
    const outputs = mergeProperties(carried, computed);
    return mergeProperties(outputs, statusOf(this.kind.kind, id, outputs, created));
  }

  /** The namespace must exist, as it must in a real cluster. */
  assertCreatable(inputs: Properties, store: RecordStore): void {
    const namespace = text(object(inputs.metadata).namespace);
    if (this.kind.namespaced === false || BUILT_IN_NAMESPACES.includes(namespace)) return;
    if (store.read(NAMESPACE, namespace) !== undefined) return;
    throw new CloudError(
      404,
      `namespaces "${namespace}" not found; create the Namespace first and let this object depend on it`,
    );
  }

  assertDeletable(id: string): void {
    if (this.token === NAMESPACE && BUILT_IN_NAMESPACES.includes(id)) {
      throw new CloudError(400, `namespaces "${id}" is forbidden: this namespace may not be deleted`);
    }
  }

  /** With a namespace goes everything in it. */
  released(id: string, _outputs: Properties, store: RecordStore): void {
    if (this.token === NAMESPACE) store.removeEverywhere((record) => record.id.startsWith(`${id}/`));
  }
}

function isAutoNamed(inputs: Properties): boolean {
  return object(object(inputs.metadata).annotations)[AUTO_NAMED] === "true";
}
