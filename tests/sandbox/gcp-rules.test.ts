import { GCP_TYPES } from "../../sandbox/facts/gcp-types";
import { type Properties, UNKNOWN } from "../../sandbox/provider/values";
import { TestCloud } from "./cloud";
import { REFUSED_SERVICES } from "./refused-services";
import { REFUSED_COMPUTE } from "./refused-compute";
import { SAMPLES } from "./samples";

const cloud = new TestCloud();
afterAll(() => cloud.dispose());

const REFUSED = [...REFUSED_COMPUTE, ...REFUSED_SERVICES];

/** The token of a type that is named by its last part; the tests' types have different ones. */
function token(name: string): string {
  const found = GCP_TYPES.find((type) => type.endsWith(`:${name}`));
  if (found === undefined) throw new Error(`no type is called ${name}`);
  return found;
}

function failures(type: string, change: Properties): string[] {
  const checked = cloud.check(type, { ...SAMPLES[type], ...change });
  return checked.failures.map(({ property, reason }) => `${property}: ${reason}`);
}

test.each(GCP_TYPES)("the smallest inputs of %s are accepted", (type) => {
  expect(failures(type, {})).toEqual([]);
});

test.each(GCP_TYPES)("unknown values are accepted for every input of %s", (type) => {
  const unknown = Object.fromEntries(Object.keys(SAMPLES[type] ?? {}).map((key) => [key, UNKNOWN]));
  expect(failures(type, unknown)).toEqual([]);
});

test.each(REFUSED.map(([name, change, message]) => [name, message, change] as const))(
  "%s refuses with %s",
  (name, message, change) => {
    const found = failures(token(name), change);
    expect(found).toEqual([expect.stringMatching(message)]);
  },
);

describe("project and region", () => {
  const network = "gcp:compute/network:Network";
  const address = "gcp:compute/address:Address";

  test("are asked for when neither resource nor provider has them", () => {
    const bare = new TestCloud(undefined, {});
    try {
      expect(
        bare.check(address, { name: "a" }).failures.map(({ property, reason }) => `${property}: ${reason}`),
      ).toEqual([
        "project: missing; set it here, or gcp:project in the configuration of the provider",
        "region: missing; set it here, or gcp:region in the configuration of the provider",
      ]);
    } finally {
      bare.dispose();
    }
  });

  test("come from the provider without showing among the inputs", () => {
    expect(cloud.check(network, { name: "n" }).inputs).toEqual({ name: "n" });
  });
});

describe("a name that is not given", () => {
  const type = "gcp:compute/network:Network";

  test("is generated from the resource's name, and kept", () => {
    const { inputs } = cloud.check(type, {});
    expect(inputs.name).toMatch(/^my-resource-[0-9a-f]{7}$/);
    expect(cloud.check(type, {}, inputs).inputs).toEqual(inputs);
  });

  test("is not generated for a record set", () => {
    expect(failures("gcp:dns/recordSet:RecordSet", { name: null })).toEqual([expect.stringMatching(/^name: missing/)]);
  });
});
