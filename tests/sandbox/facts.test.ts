import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { factsFromRules, formatFacts, type ProviderRules, pulumiPath } from "../../sandbox/facts/convert";
import type { Fact, Facts } from "../../sandbox/facts/fact";
import { knownTypes } from "../../sandbox/facts";
import { GCP_FACTS, gcpFacts, gcpFactsFile, gcpFactsFiles } from "../../sandbox/facts/gcp";
import { GCP_TYPES } from "../../sandbox/facts/gcp-types";
import { CUSTOM_KINDS, DEFINITIONS_FILE, KUBERNETES_KINDS, kubernetesFacts } from "../../sandbox/facts/kubernetes";
import { extractDefinitions, formatDefinitions } from "../../sandbox/facts/kubernetes-declarations";
import { DEFINITIONS } from "../../sandbox/gcp/definitions";
import { references } from "../../sandbox/gcp/references";

const BESIDE_CHECKOUT = join(__dirname, "..", "..", "..", "shared", "gcp", "provider-rules.json");
/** The real provider's rules, on machines that have them. */
const RULES_FILE = process.env.PROVIDER_RULES ?? BESIDE_CHECKOUT;

describe("facts about Google Cloud", () => {
  test.each(GCP_TYPES)("%s has facts, a definition and consistent properties", (token) => {
    expect(inconsistencies(gcpFacts(token))).toEqual([]);
    expect(DEFINITIONS[token]).toBeDefined();
  });

  test("there is no fact file and no definition without a type", () => {
    expect(gcpFactsFiles()).toEqual(GCP_TYPES.map(gcpFactsFile).sort());
    expect(Object.keys(DEFINITIONS).sort()).toEqual([...GCP_TYPES].sort());
  });

  test("a type without facts is refused by name, with how to add it", () => {
    expect(() => gcpFacts("gcp:redis/instance:Instance")).toThrow(
      /gcp:redis\/instance:Instance.*gcp-types\.ts.*extract\.ts/,
    );
  });

  const withRules = existsSync(RULES_FILE) ? describe : describe.skip;
  withRules("compared with the real provider's rules", () => {
    const rules = existsSync(RULES_FILE)
      ? (JSON.parse(readFileSync(RULES_FILE, "utf8")) as Partial<Record<string, ProviderRules>>)
      : {};

    test.each(GCP_TYPES)("%s says what the real provider says", (token) => {
      const written = readFileSync(join(GCP_FACTS, gcpFactsFile(token)), "utf8");
      expect(written).toBe(formatFacts(factsFromRules(rules[token] ?? {})));
    });
  });

  test("paths of other properties are turned into Pulumi's spelling, plurals included", () => {
    const list = (elem: ProviderRules) => ({ type: "list", optional: true, maxItems: 1, elem }) as const;
    const rules = { bootDisk: list({ source: { type: "string", optional: true } }), denies: list({}) } as const;
    expect(pulumiPath("boot_disk.0.source", rules)).toBe("bootDisk.source");
    expect(pulumiPath("deny", rules)).toBe("denies");
    expect(() => pulumiPath("boot_disk.0.size", rules)).toThrow(/no property matches size/);
  });

  test("references name existing types and properties", () => {
    for (const { from, property, to } of references()) {
      expect(to.filter((type) => !GCP_TYPES.includes(type))).toEqual([]);
      expect({ from, property, fact: factAt(gcpFacts(from), property)?.type }).toMatchObject({
        fact: expect.any(String) as string,
      });
    }
  });
});

describe("facts about Kubernetes", () => {
  test("are what the declarations of @pulumi/kubernetes say", () => {
    expect(readFileSync(DEFINITIONS_FILE, "utf8")).toBe(formatDefinitions(extractDefinitions()));
  });

  test.each([...Object.entries(KUBERNETES_KINDS), ...Object.entries(CUSTOM_KINDS)])(
    "%s knows its immutable fields, name and namespace among them",
    (token, kind) => {
      const facts = kubernetesFacts(token);
      for (const path of ["metadata.name", "metadata.namespace", ...kind.immutable]) {
        expect({ path, forceNew: factAt(facts, path)?.forceNew }).toEqual({ path, forceNew: true });
      }
      expect(factAt(facts, "metadata.uid")).toMatchObject({ computed: true });
      expect(factAt(facts, "metadata.labels")?.forceNew).toBeUndefined();
    },
  );

  test("a kind without facts is refused by name, with how to add it", () => {
    expect(() => kubernetesFacts("kubernetes:batch/v1:Job")).toThrow(/kubernetes:batch\/v1:Job.*KUBERNETES_KINDS/);
  });
});

test("every known type is known once", () => {
  expect(new Set(knownTypes()).size).toBe(knownTypes().length);
  expect(knownTypes().length).toBe(
    GCP_TYPES.length + Object.keys(KUBERNETES_KINDS).length + Object.keys(CUSTOM_KINDS).length,
  );
});

function factAt(facts: Facts, path: string): Fact | undefined {
  const [head = "", ...rest] = path.replace(/\[\]/g, "").split(".");
  const fact = facts[head];
  return rest.length === 0 || fact === undefined ? fact : factAt(fact.elem ?? {}, rest.join("."));
}

/** What would make check or diff undecided: no use at all, two uses, bounds that exclude each other, paths to nowhere. */
function inconsistencies(facts: Facts, root: Facts = facts, at = ""): string[] {
  return Object.entries(facts).flatMap(([name, fact]) => {
    const path = `${at}${name}`;
    const problems: string[] = [];
    if (fact.required === true && fact.optional === true) problems.push(`${path} is both required and optional`);
    if (fact.required !== true && fact.optional !== true && fact.computed !== true) problems.push(`${path} has no use`);
    if ((fact.minItems ?? 0) > (fact.maxItems ?? Infinity)) problems.push(`${path} has minItems above maxItems`);
    for (const other of [...(fact.conflictsWith ?? []), ...(fact.exactlyOneOf ?? [])]) {
      if (factAt(root, other) === undefined) problems.push(`${path} names ${other}, which does not exist`);
    }
    return [...problems, ...inconsistencies(fact.elem ?? {}, root, `${path}.`)];
  });
}
