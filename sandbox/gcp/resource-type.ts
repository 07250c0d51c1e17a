import { randomUUID } from "node:crypto";
import type { Fact, Facts } from "../facts/fact";
import { gcpFacts } from "../facts/gcp";
import {
  CloudError,
  type Checked,
  type CheckRequest,
  type Difference,
  type Failure,
  type OutputRequest,
  type ResourceType,
} from "../provider/package";
import { formatPath, type PropertyPath } from "../provider/property-path";
import { checkSchema } from "../provider/schema-check";
import { diffSchema } from "../provider/schema-diff";
import { carriedOutputs, unknownOutputs } from "../provider/schema-outputs";
import type { RecordStore } from "../provider/store";
import { isAbsent, isUnknown, mergeProperties, type Properties, text, UNKNOWN, without } from "../provider/values";
import { deletesBeforeReplace, DEFAULTS, isAutoNamed, withAutoName } from "./auto-name";
import type { Definition } from "./definition";
import { numericId } from "../provider/hash";
import { sameLink, shortName } from "./links";
import { changingOutputs, commonOutputs, plannedOutputs } from "./outputs";
import { assertReferencesExist, assertUnused } from "./references";

/** The provider's own configuration, as far as resources take values from it. */
export interface ProviderDefaults {
  readonly project?: string;
  readonly region?: string;
  readonly zone?: string;
  readonly labels: Properties;
}

/** A resource type of Google Cloud: facts and a definition, under one provider configuration. */
export class GcpResourceType implements ResourceType {
  private readonly facts: Facts;

  constructor(
    readonly token: string,
    private readonly definition: Definition,
    private readonly defaults: ProviderDefaults,
  ) {
    this.facts = gcpFacts(token);
  }

  get shared(): boolean {
    return this.definition.shared ?? false;
  }

  get secretOutputs(): PropertyPath[] {
    return sensitivePaths(this.facts, []);
  }

  check(request: CheckRequest): Checked {
    const autoNamed = isAutoNamed(this.facts, this.definition);
    const news = autoNamed ? withAutoName(request) : request.news;
    const { [DEFAULTS]: generated, ...inputs } = news;
    const failures = checkSchema(this.facts, inputs);
    if (failures.length > 0) return { inputs: news, failures };
    const complete = this.complete(inputs);
    for (const rule of this.definition.rules ?? []) failures.push(...rule(complete));
    failures.push(...this.missingInId(complete));
    return { inputs: generated === undefined ? inputs : news, failures };
  }

  diff(olds: Properties, news: Properties): Difference {
    // Project and region come from the provider's configuration when not given; moving those moves the resource.
    const given = without(news, DEFAULTS);
    const filled = Object.entries(this.complete(given)).filter(([name]) => name in given || !isAbsent(olds[name]));
    const complete = Object.fromEntries(filled);
    const forced = this.definition.replaces?.(olds, complete) ?? [];
    const changes = diffSchema(this.facts, olds, complete, sameLink).map((change) =>
      forced.includes(formatPath(change.path)) ? { ...change, replace: true } : change,
    );
    const replaces = changes.some((change) => change.replace);
    return { changes, deleteBeforeReplace: replaces && deletesBeforeReplace(this.facts, this.definition, olds, news) };
  }

  id(inputs: Properties, store: RecordStore): string {
    const complete = this.complete(without(inputs, DEFAULTS));
    const id = this.definition.id.replace(PLACEHOLDER, (_, property: string, short: string | undefined) => {
      const value = text(complete[property]);
      return short === undefined ? value : shortName(value);
    });
    if (id.includes(NUMBER)) return id.replace(NUMBER, numericId(randomUUID()));
    return id.includes(VERSION) ? nextVersion(id, store) : id;
  }

  preview(inputs: Properties, olds: Properties | undefined): Properties {
    const complete = this.complete(without(inputs, DEFAULTS));
    const planned = this.planned(complete);
    if (olds === undefined) return { ...unknownOutputs(this.facts, complete), ...planned };
    const outputs = { ...carriedOutputs(this.facts, olds, complete), ...planned };
    for (const name of changingOutputs(this.facts, this.definition)) outputs[name] = UNKNOWN;
    return outputs;
  }

  outputs({ id, inputs, olds, created, store }: OutputRequest): Properties {
    const complete = this.complete(without(inputs, DEFAULTS));
    const context = { id, inputs: complete, created, store };
    const computed = mergeProperties(
      commonOutputs(this.facts, this.definition, context),
      this.definition.outputs?.(context) ?? {},
    );
    const planned = this.planned(complete);
    if (olds === undefined) return { ...mergeProperties(computed, complete), ...planned };
    const outputs = { ...mergeProperties(computed, carriedOutputs(this.facts, olds, complete)), ...planned };
    for (const name of changingOutputs(this.facts, this.definition)) outputs[name] = computed[name];
    return outputs;
  }

  assertCreatable(inputs: Properties, store: RecordStore): void {
    assertReferencesExist(this.token, inputs, store);
    const obstacle = this.definition.obstacle?.(this.complete(without(inputs, DEFAULTS)), store);
    if (obstacle !== undefined) throw new CloudError(400, obstacle);
  }

  assertDeletable(id: string, outputs: Properties, store: RecordStore): void {
    const reason = this.definition.protection?.(outputs);
    if (reason !== undefined) throw new CloudError(400, `${id} cannot be deleted: ${reason}`);
    assertUnused(this.token, id, outputs, store);
  }

  released(id: string, outputs: Properties, store: RecordStore): void {
    this.definition.released?.(id, outputs, store);
  }

  private planned(inputs: Properties): Properties {
    return { ...plannedOutputs(this.facts, inputs, this.defaults.labels), ...this.definition.planned?.(inputs) };
  }

  /** The inputs with what the provider fills in: project, region and zone of its configuration, and the definition's own. */
  private complete(inputs: Properties): Properties {
    const { project, region, zone } = this.defaults;
    const configured: Properties = { project, region, zone, location: region ?? zone };
    const filled = mergeProperties(configured, this.definition.defaults?.(inputs) ?? {});
    const complete: Properties = { ...inputs };
    for (const [name, value] of Object.entries(filled)) {
      const fact = this.facts[name];
      if (isAbsent(complete[name]) && value !== undefined && isFillable(fact)) complete[name] = value;
    }
    return complete;
  }

  private missingInId(inputs: Properties): Failure[] {
    const properties = [...this.definition.id.matchAll(PLACEHOLDER)].map((match) => match[1] ?? "");
    return properties.flatMap((property) => {
      const value = inputs[property];
      if (isUnknown(value) || !isAbsent(value)) return [];
      return [{ property, reason: `missing; set it here, or gcp:${property} in the configuration of the provider` }];
    });
  }
}

const NUMBER = "{+number}";
const VERSION = "{+version}";
const PLACEHOLDER = /\{(\w+)(?::(short))?\}/g;

/** Versions count from 1 and are never used again, not even after their deletion. */
function nextVersion(id: string, store: RecordStore): string {
  for (let version = 1; ; version++) {
    const candidate = id.replace(VERSION, String(version));
    if (store.claim("versions", candidate, randomUUID())) return candidate;
  }
}

function isFillable(fact: Fact | undefined): boolean {
  return fact !== undefined && (fact.optional === true || fact.required === true);
}

/** Paths of sensitive properties that are not inside a list. */
function sensitivePaths(facts: Facts, path: PropertyPath): PropertyPath[] {
  return Object.entries(facts).flatMap(([name, fact]) => {
    if (fact.sensitive === true) return [[...path, name]];
    const single = fact.elem !== undefined && fact.maxItems === 1;
    return single ? sensitivePaths(fact.elem, [...path, name]) : [];
  });
}
