/** What the command says when it is used wrongly, and its help. None of this needs an engine. */
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanVariables, runClusters, start, type Finished } from "../support/command";
import { REPOSITORY } from "../support/environments";
import { removeTempDirs, tempDir } from "../support/temp-dir";

jest.setTimeout(60_000);
afterAll(removeTempDirs);

/** With an empty PATH but for Node, so without an engine. */
const withoutEngine = (): NodeJS.ProcessEnv =>
  cleanVariables({ PATH: join(process.execPath, ".."), XDG_CACHE_HOME: tempDir(), CLUSTERS_SANDBOX_DIR: tempDir() });

async function refused(...args: string[]): Promise<Finished> {
  const result = await runClusters(args, withoutEngine());
  expect({ ...result, stderr: "" }).toEqual({ code: 2, stdout: "", stderr: "" });
  expect(result.stderr).not.toMatch(/^\s+at /m);
  return result;
}

const subcommands = [
  "preview",
  "up",
  "refresh",
  "destroy",
  "list",
  "resolve",
  "move",
  "evacuate",
  "status",
  "sandbox",
  "drill",
];

test.each([[[]], ...subcommands.map((name) => [[name]]), [["config", "check"]]])(
  "help of %j has examples and exit codes",
  async (words) => {
    const { code, stdout, stderr } = await runClusters([...words, "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Examples:\n  clusters ");
    expect(stdout).toContain("Exit codes:");
  },
);

test("an unknown environment names the nearest one and the path that was looked for", async () => {
  const { stderr } = await refused("preview", "prood");
  expect(stderr).toContain('error: there is no environment "prood" (did you mean "prod"?)');
  expect(stderr).toContain(join(REPOSITORY, "Pulumi.prood.yaml"));
});

test("a missing configuration file is named", async () => {
  const { stderr } = await refused("config", "check", "prod", "--config-file", "/nowhere/Pulumi.prod.yaml");
  expect(stderr).toBe("error: there is no file /nowhere/Pulumi.prod.yaml, which --config-file names\n");
});

test("mistakes in the configuration are listed before an engine is looked for", async () => {
  const file = join(tempDir(), "Pulumi.prod.yaml");
  writeFileSync(file, "config:\n  platform:projekt: x\n");
  const { stderr } = await refused("up", "prod", "--config-file", file);
  expect(stderr).toMatch(/projekt: unknown key.*project/);
  expect(stderr).toMatch(/clusters: is missing/);
});

test("YAML that cannot be read is one message with its place", async () => {
  const file = join(tempDir(), "Pulumi.prod.yaml");
  writeFileSync(file, "config: {\n");
  const { stderr } = await refused("preview", "prod", "--config-file", file);
  expect(stderr).toContain(file);
});

test("without an engine the message says how to get one", async () => {
  const { stderr } = await refused("list", "sandbox");
  expect(stderr).toMatch(/^error: no Pulumi engine was found; install pulumi .* or run "make engine"/);
});

test.each([
  [["deploy", "prod"], /unknown command 'deploy'/],
  [["up"], /missing required argument 'env'/],
  [["up", "prod", "--cloud", "azure"], /argument 'azure' is invalid. Allowed choices are google, local, records/],
  [["preview", "prod", "--parallel", "0"], /argument '0' is invalid. it is a number from 1 on/],
  [["preview", "prod", "--yess"], /unknown option '--yess'/],
  [["move", "prod"], /missing required argument 'user'/],
  [
    ["evacuate", "prod", "free", "--share", "1.5"],
    /argument '1.5' is invalid. it is a part of the users, above 0 and up to 1/,
  ],
  [["evacuate", "prod", "free", "--rate", "0"], /argument '0' is invalid. it is a number above 0/],
  [
    ["evacuate", "prod", "free", "--share", "1", "--users-file", "x"],
    /'--share <part>' cannot be used with option '--users-file/,
  ],
  [["evacuate", "prod", "free", "--users-file", "/nowhere"], /--users-file: ENOENT/],
  [["resolve", "prod", "alice", "--api", "resolution"], /--api: "resolution" is no address/],
])("%j is refused", async (words, message) => {
  expect((await refused(...words)).stderr).toMatch(message);
});

test("a valid configuration is confirmed, as text and as JSON", async () => {
  expect((await runClusters(["config", "check", "prod"])).stdout).toContain(
    "Pulumi.prod.yaml: no mistakes; 2 clusters: free, hackers",
  );
  const { stdout } = await runClusters(["config", "check", "prod", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ environment: "prod", valid: true, clusters: ["free", "hackers"] });
});

test("the command works through a symbolic link, from any folder", async () => {
  const dir = tempDir();
  symlinkSync(join(REPOSITORY, "cli", "clusters"), join(dir, "link"));
  const { code } = await start(join(dir, "link"), ["config", "check", "prod"], cleanVariables(), dir).finished;
  expect(code).toBe(0);
});
