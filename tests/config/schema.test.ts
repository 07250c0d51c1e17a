import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { renderJsonSchema } from "../../config/json-schema";
import { environmentSchema } from "../../config/schema";
import { configOf, committedFile, REPOSITORY, sectionsOf, type Edits, type Sections } from "../support/environments";

const FILE = join(REPOSITORY, "config.schema.json");
const validate = new Ajv().compile(JSON.parse(renderJsonSchema()) as object);

describe("config.schema.json", () => {
  it("is current; otherwise run: node --import tsx config/write-schema.ts", () => {
    expect(readFileSync(FILE, "utf8")).toBe(renderJsonSchema());
  });

  it.each(["prod", "sandbox"] as const)("is named by Pulumi.%s.yaml, so that an editor finds it", (environment) => {
    const [firstLine] = readFileSync(committedFile(environment), "utf8").split("\n");
    expect(firstLine).toBe("# yaml-language-server: $schema=./config.schema.json");
  });

  it("describes every value", () => {
    const undescribed = propertiesOf(JSON.parse(renderJsonSchema())).filter(
      ([, schema]) => schema.description === undefined,
    );
    expect(undescribed.map(([path]) => path)).toEqual([]);
  });
});

describe("the JSON schema", () => {
  it.each(["prod", "sandbox"] as const)("accepts the %s environment", (environment) => {
    expect(validate({ config: configOf(sectionsOf(environment)) })).toBe(true);
  });

  it("accepts Pulumi's own keys, other namespaces and secrets", () => {
    const config = { ...configOf(sectionsOf("prod")), "gcp:region": "europe-west1" };
    const secrets = { edgeHopKey: { secure: "v1:abc" }, dnsUpdateKey: "plain" };
    expect(validate({ encryptionsalt: "v1:x", config: { ...config, "platform:secrets": secrets } })).toBe(true);
  });

  it.each([
    ["an unknown platform key", { "platform:cluster": {} }],
    ["a key without a namespace", { clusters: {} }],
    ["an unknown secret", { "platform:secrets": { hopKey: "x" } }],
    ["a secret that is a number", { "platform:secrets": { edgeHopKey: 5 } }],
  ])("rejects %s", (_, extra) => {
    expect(validate({ config: { ...configOf(sectionsOf("prod")), ...extra } })).toBe(false);
  });

  it("rejects an unknown key beside config", () => {
    expect(validate({ config: configOf(sectionsOf("prod")), clusters: {} })).toBe(false);
  });

  it.each<[string, Edits]>([
    ["an unknown key of a cluster", { "clusters.free.relase": "1" }],
    ["a missing section", { placement: undefined }],
    ["a missing field", { "clusters.free.region": undefined }],
    ["a map key that is no name", { "clusters.Free": (sectionsOf("prod").clusters as Sections).hackers }],
    ["text where a number belongs", { "clusters.free.maxUsers": "50" }],
    ["a fraction where a whole number belongs", { "clusters.free.maxUsers": 1.5 }],
    ["a value outside its bounds", { "domain.ttl": 1 }],
    ["a value that is none of the choices", { "clusters.free.lifecycle": "actve" }],
    ["the release latest", { "clusters.free.release": "latest" }],
    ["a list that is too short", { "clusters.free.zones": ["europe-west1-b"] }],
  ])("rejects %s, as the reader does", (_, edits) => {
    const sections = sectionsOf("prod", edits);
    expect(environmentSchema.safeParse(sections).success).toBe(false);
    expect(validate({ config: configOf(sections) })).toBe(false);
  });

  it("lets be absent what has a default, as the reader does", () => {
    const sections = sectionsOf("prod", { "clusters.hackers.lifecycle": undefined });
    expect(environmentSchema.safeParse(sections).success).toBe(true);
    expect(validate({ config: configOf(sections) })).toBe(true);
  });
});

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
}

/** Every property at any depth, with its dotted path. */
function propertiesOf(schema: unknown, path = ""): [string, Schema][] {
  const { properties = {}, additionalProperties } = schema as Schema;
  const own = Object.entries(properties).map(([key, inner]): [string, Schema] => [`${path}.${key}`, inner]);
  const nested = own.flatMap(([innerPath, inner]) => propertiesOf(inner, innerPath));
  return [
    ...own,
    ...nested,
    ...(typeof additionalProperties === "object" ? propertiesOf(additionalProperties, `${path}.*`) : []),
  ];
}
