/** The real cloud's way of working, with a file backend in place of a bucket and the tiny provider in place of Google's. */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeTempDirs } from "../support/temp-dir";
import { workbench, type Workbench } from "../support/tiny/workbench";

jest.setTimeout(120_000);
afterAll(removeTempDirs);

const settings = `name: platform
runtime: nodejs
plugins: { providers: [{ name: tiny, path: ${join(__dirname, "..", "support", "tiny", "plugin")} }] }
`;

function googleBench(variables: (root: string) => NodeJS.ProcessEnv): Workbench {
  const bench = workbench(variables);
  mkdirSync(join(bench.root, "state"));
  writeFileSync(join(bench.root, "Pulumi.yaml"), settings);
  bench.program({ "prod.free": { edge: { size: 1 } } });
  return bench;
}

const backend = (root: string): NodeJS.ProcessEnv => ({
  PULUMI_BACKEND_URL: `file://${join(root, "state")}`,
  PULUMI_HOME: join(root, "home"),
});

test("the configuration file gets Pulumi's encryption salt once and is otherwise left alone", async () => {
  const bench = googleBench((root) => ({ ...backend(root), PULUMI_CONFIG_PASSPHRASE: "secret" }));
  const file = join(bench.root, "Pulumi.prod.yaml");
  const before = readFileSync(file, "utf8");
  const first = await bench.run("up", "prod", "free", "--no-shared");
  expect(first.code).toBe(0);
  const after = readFileSync(file, "utf8");
  expect(after.startsWith(before)).toBe(true);
  expect(after.slice(before.length)).toMatch(/^encryptionsalt: v1:\S+\n$/);

  appendFileSync(file, "# a comment of the user's\n");
  const text = readFileSync(file, "utf8");
  expect((await bench.run("preview", "prod")).code).toBe(0);
  expect(readFileSync(file, "utf8")).toBe(text);
  expect(readdirSync(bench.root).sort()).toEqual(["Pulumi.prod.yaml", "Pulumi.yaml", "home", "program.json", "state"]);
});

test("a preview of a cluster that is not deployed leaves the backend as it is", async () => {
  const bench = googleBench((root) => ({ ...backend(root), PULUMI_CONFIG_PASSPHRASE: "secret" }));
  const files = () => readdirSync(join(bench.root, "state"), { recursive: true, encoding: "utf8" }).sort();
  expect((await bench.run("up", "prod", "hackers", "--skip-preview", "--yes")).code).toBe(0);
  const before = files();
  const { code, stdout } = await bench.run("preview", "prod", "--json");
  expect(code).toBe(0);
  const { stacks } = JSON.parse(stdout) as { stacks: { domain: string; counts: { create: number } }[] };
  expect(stacks.map(({ domain, counts }) => [domain, counts.create])).toEqual([
    ["free", 1],
    ["hackers", 0],
    ["shared", 0],
  ]);
  expect(files()).toEqual(before);
});

test("without a passphrase the message says which variable to set, and nothing is created", async () => {
  const bench = googleBench(backend);
  const { code, stderr } = await bench.run("preview", "prod", "free");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: no passphrase: .*PULUMI_CONFIG_PASSPHRASE/m);
  expect(
    readdirSync(join(bench.root, "state", ".pulumi"), { recursive: true }).filter((name) =>
      String(name).includes("prod"),
    ),
  ).toEqual([]);
});

test("a new stack is encrypted by the secrets provider that the file names", async () => {
  // A key server that nobody runs: the engine says so, where it would ask for a passphrase if it had not been told.
  const bench = googleBench((root) => ({
    ...backend(root),
    VAULT_SERVER_URL: "http://127.0.0.1:1",
    VAULT_SERVER_TOKEN: "t",
  }));
  appendFileSync(join(bench.root, "Pulumi.prod.yaml"), "secretsprovider: hashivault://platform\n");
  const { code, stderr } = await bench.run("preview", "prod", "free");
  expect(code).toBe(1);
  expect(stderr).toContain("127.0.0.1:1");
  expect(stderr).not.toMatch(/passphrase/i);
});

test("a backend that is not there is named", async () => {
  const bench = googleBench(() => ({ PULUMI_BACKEND_URL: "file:///does/not/exist" }));
  const { code, stderr } = await bench.run("list", "prod");
  expect(code).toBe(1);
  expect(stderr).toContain("error: cannot reach the backend (file:///does/not/exist)");
});

test("without a login the message says how to log in", async () => {
  const bench = googleBench((root) => ({ PULUMI_HOME: join(root, "home") }));
  const { code, stderr } = await bench.run("list", "prod");
  expect(code).toBe(1);
  expect(stderr).toContain("error: pulumi is not logged in to a backend: run pulumi login gs://");
});
