import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, readEnvironmentFile, readStackEnvironment } from "../../config";
import { committedFile, sectionsOf, stackValuesOf, writeEnvironment, writeText } from "../support/environments";
import { removeTempDirs, tempDir } from "../support/temp-dir";

const folder = tempDir();
afterAll(removeTempDirs);
const PROD = readFileSync(committedFile("prod"), "utf8");

/** The mistakes that `read` throws, one per line, without the line that names the source. */
function mistakes(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
  throw new Error("nothing was thrown");
}

const read = (text: string) => readEnvironmentFile(writeText(folder, "prod", text));
const mistakesIn = (text: string) => mistakes(() => read(text));
/** The production file with lines added at its end, which is inside `config`. */
const withLines = (...lines: string[]) => `${PROD}${lines.map((line) => `  ${line}\n`).join("")}`;
const replaced = (from: string, to: string) => {
  if (!PROD.includes(from)) throw new Error(`Pulumi.prod.yaml does not contain ${from}`);
  return PROD.replace(from, to);
};

describe.each(["prod", "sandbox"] as const)("the committed file of %s", (environment) => {
  it("is a valid environment, with defaults filled in", () => {
    const read = readEnvironmentFile(committedFile(environment));
    expect(read).toMatchObject({ name: environment, production: environment === "prod" });
    expect(read.clusters.free).toMatchObject({ region: "europe-west1", lifecycle: "active" });
    expect(read.clusters.free?.containerVms.standard?.targetUtilization).toBe(0.6);
    expect(read.images.vm).toBe("projects/cos-cloud/global/images/family/cos-121-lts");
  });

  it("reads the same from the values that Pulumi gives a program", () => {
    const values = { ...stackValuesOf(sectionsOf(environment)), "gcp:region": "europe-west1" };
    expect(readStackEnvironment(environment, values)).toEqual(readEnvironmentFile(committedFile(environment)));
  });
});

describe("an environment written to a file", () => {
  it("reads as the values it was written from", () => {
    const sections = sectionsOf("prod", { "clusters.hackers.maxUsers": 7 });
    const environment = readEnvironmentFile(writeEnvironment(folder, "prod-eu", sections));
    expect(environment).toEqual(readStackEnvironment("prod-eu", stackValuesOf(sections)));
    expect(environment).toMatchObject({ name: "prod-eu", production: true, clusters: { hackers: { maxUsers: 7 } } });
  });
});

describe("a new cluster", () => {
  const entry = [
    "third:",
    "  region: europe-north1",
    "  zones: [europe-north1-a, europe-north1-b]",
    "  cidr: 10.18.0.0/20",
    "  role: reserve",
    "  maxUsers: 40000",
    '  release: "2026.11.0"',
    "  containerVms:",
    "    standard: { min: 3, max: 40 }",
    "  httpServing: { min: 3, max: 9, machineType: e2-standard-2 }",
  ];

  it("is one entry of under 15 lines, and takes no users until it is made active", () => {
    const lines = entry.map((line) => `    ${line}\n`).join("");
    const { clusters } = read(replaced("  platform:placement:", `${lines}  platform:placement:`));
    expect(Object.keys(clusters)).toEqual(["free", "hackers", "third"]);
    expect(clusters.third?.lifecycle).toBe("provisioned");
    expect(entry.length).toBeLessThan(15);
  });

  it("may share values with others by anchor and merge key, as Pulumi reads them", () => {
    const text = replaced(
      "httpServing: { min: 3, max: 9, machineType: e2-standard-2 }",
      "httpServing: { <<: *edge, max: 9 }",
    ).replace("httpServing: { min: 3, max: 12,", "httpServing: &edge { min: 3, max: 12,");
    expect(read(text)).toEqual(readEnvironmentFile(committedFile("prod")));
  });
});

describe("a file that is no environment", () => {
  it("is refused when it does not exist", () => {
    expect(mistakes(() => readEnvironmentFile(join(folder, "Pulumi.nowhere.yaml")))).toEqual([
      "there is no such file; an environment is one Pulumi.<environment>.yaml",
    ]);
  });

  it("is refused when it cannot be read", () => {
    expect(mistakes(() => readEnvironmentFile(folder, "prod"))).toEqual([expect.stringContaining("EISDIR")]);
  });

  it.each(["prod.yaml", "Pulumi.yaml", "Pulumi.prod.free.yaml", "Pulumi.prod.json"])(
    "is refused when its name is %s",
    (name) => {
      expect(mistakes(() => readEnvironmentFile(join(folder, name)))).toEqual([
        "is not named Pulumi.<environment>.yaml, so the environment's name is unknown",
      ]);
    },
  );

  it.each<[string, string, string[]]>([
    ["empty", "", ["config: is not a map; the sections stand below it"]],
    ["a list", "- config", ["config: is not a map; the sections stand below it"]],
    ["text below config", "config: text", ["config: is not a map; the sections stand below it"]],
    [
      "a list without an end",
      "config:\n  a: [1\n",
      ["line 3, column 1: Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ],
    ["indented by a tab", "config:\n\ta: 1\n", ["line 2, column 1: Tabs are not allowed as indentation"]],
    ["a key twice", "config:\n  a: 1\n  a: 2\n", ["line 3, column 3: this key is there twice in one map; remove one"]],
    [
      "two documents",
      "config: {}\n---\nconfig: {}\n",
      ["line 2, column 1: a second document starts here; an environment is one document"],
    ],
    ["an unknown tag", "config: !include x\n", ["line 1, column 9: Unresolved tag: !include"]],
    ["an alias without an anchor", "config: *x\n", ["Unresolved alias (the anchor must be set before the alias): x"]],
  ])("is refused when it is %s", (_, text, expected) => {
    expect(mistakesIn(text)).toEqual(expected);
  });

  it("is refused when an anchor contains itself", () => {
    const text = `config: &loop\n  platform:project: *loop\n`;
    expect(mistakesIn(text)).toContain("project: a map is not a string");
  });

  it.each(["2026-11-01", "010", "200_000"])(
    "is refused when it has %s, which Pulumi reads differently, without quotes",
    (scalar) => {
      const remedy = "put it in quotes, or write the number in plain decimals";
      expect(mistakesIn(replaced('release: "2026.11.0"', `release: ${scalar}`))).toEqual([
        `line 24, column 16: YAML 1.1 and 1.2 read this date or number differently; ${remedy}`,
      ]);
    },
  );

  it.each(['"2026-11-01"', "0", "0.5", "2026.11-01", "10.16.0.0"])("is not refused for %s", (scalar) => {
    const [mistake = ""] = mistakesIn(replaced("maxUsers: 200000", `maxUsers: ${scalar}`));
    expect(mistake).toMatch(/^clusters\.free\.maxUsers: /);
  });
});

describe("keys around the sections", () => {
  it("are Pulumi's own, or reported with the nearest", () => {
    expect(() => read(`${PROD}encryptionsalt: v1:abc\nsecretsprovider: passphrase\n`)).not.toThrow();
    expect(mistakesIn(`${PROD}secretprovider: x\n`)).toEqual([
      'secretprovider: unknown key (did you mean "secretsprovider"?); sections stand below config',
    ]);
  });

  it("may be of a provider's namespace", () => {
    expect(() => read(withLines("gcp:region: europe-west1"))).not.toThrow();
  });

  it("are reported when they have no namespace, or ours misspelt", () => {
    expect(mistakesIn(withLines("clusters: {}", "platfrom:labels: {}"))).toEqual([
      "config.clusters: has no namespace; write platform:clusters",
      'config.platfrom:labels: unknown namespace platfrom (did you mean "platform"?)',
    ]);
  });
});

describe("the secrets section", () => {
  it("may hold ciphertext or text, and is no part of the environment", () => {
    const environment = read(
      withLines("platform:secrets:", "  edgeHopKey: { secure: v1:abc }", "  dnsUpdateKey: plain"),
    );
    expect(environment).toEqual(readEnvironmentFile(committedFile("prod")));
  });

  it("is checked for names and values, and no message holds a value", () => {
    const lines = [
      "platform:secrets:",
      "  edgeHopkey: { secure: hush1 }",
      "  dnsUpdateKey: 4711",
      "  workspaceTokenKey: [hush2]",
    ];
    expect(mistakesIn(withLines(...lines))).toEqual([
      'secrets.edgeHopkey: unknown key (did you mean "edgeHopKey"?); known here: edgeHopKey, workspaceTokenKey, dnsUpdateKey',
      "secrets.dnsUpdateKey: is neither text nor secure: <ciphertext>; set it with: " +
        "pulumi config set --secret --path 'platform:secrets.dnsUpdateKey'",
      "secrets.workspaceTokenKey: is neither text nor secure: <ciphertext>; set it with: " +
        "pulumi config set --secret --path 'platform:secrets.workspaceTokenKey'",
    ]);
  });

  it("must be a map", () => {
    expect(mistakesIn(withLines("platform:secrets: hush"))).toEqual([
      "secrets: is not a map of secrets: edgeHopKey, workspaceTokenKey, dnsUpdateKey",
    ]);
  });

  it("is not quoted by a message about broken YAML", () => {
    const text = withLines("platform:secrets:", "  edgeHopKey: 'hush", "  dnsUpdateKey: hush");
    expect(mistakesIn(text).join("\n")).toMatch(/^line \d+, column \d+: /);
    expect(mistakesIn(text).join("\n")).not.toContain("hush");
  });

  it("is checked in the values of a stack, too", () => {
    const values = stackValuesOf({ ...sectionsOf("prod"), secrets: { hopKey: "hush" } });
    expect(mistakes(() => readStackEnvironment("prod", values))).toEqual([
      "secrets.hopKey: unknown key; known here: edgeHopKey, workspaceTokenKey, dnsUpdateKey",
    ]);
  });
});

describe("the values of a stack", () => {
  const values = stackValuesOf(sectionsOf("prod"));

  it("are refused together, under the environment's name", () => {
    const broken = { ...values, "platform:domain": "", "platform:clusters": "{not json", "platform:project": "" };
    expect(() => readStackEnvironment("prod", broken)).toThrow(
      [
        "configuration of environment prod: 3 mistakes",
        "  project: is empty (null), not a string",
        "  domain: is empty (null), not a map",
        '  clusters: "{not json" is not a map',
      ].join("\n"),
    );
  });

  it("are refused when there are none", () => {
    expect(mistakes(() => readStackEnvironment("prod", {}))).toContain("clusters: is missing");
  });
});
