/** Without the command: `pulumi preview --stack ... --config-file ...` runs the same program from the same file. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { secretNames } from "../../config";
import { cleanVariables, start, type Finished } from "../support/command";
import { REPOSITORY, sectionsOf, writeEnvironment, type Edits } from "../support/environments";
import { removeTempDirs, tempDir } from "../support/temp-dir";
import { startNodeHost, type NodeHost } from "./node-host";

jest.setTimeout(300_000);
afterAll(removeTempDirs);

/** As it comes: it checks the program's types first, for most of a minute on a busy machine, so that one preview has it do so. */
let checkingHost: NodeHost;
let host: NodeHost;
beforeAll(async () => {
  checkingHost = await startNodeHost();
  // With bounded memory: formatting a mistake has taken gigabytes, see docs/traps.md.
  host = await startNodeHost({
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --max-old-space-size=512`,
  });
});
afterAll(() => {
  checkingHost.stop();
  host.stop();
});

const SECRETS = Object.fromEntries(secretNames.map((name) => [`secrets.${name}`, "for this test only"]));

async function preview(stack: string, edits: Edits, { address } = host): Promise<Finished> {
  const root = tempDir();
  mkdirSync(join(root, "state"));
  const providers = ["gcp", "kubernetes"].map((name) => ({ name, path: join(REPOSITORY, "sandbox", "plugins", name) }));
  writeFileSync(join(root, "Pulumi.yaml"), stringify({ name: "platform", runtime: "nodejs", plugins: { providers } }));
  const file = writeEnvironment(root, "prod", sectionsOf("prod", edits));
  const variables = cleanVariables({
    PULUMI_BACKEND_URL: `file://${join(root, "state")}`,
    PULUMI_HOME: join(root, "home"),
    PULUMI_CONFIG_PASSPHRASE: "for this test only",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    LOCAL_CLOUD_DIR: join(root, "cloud"),
  });
  const pulumi = (...args: string[]) => start("pulumi", [...args, "--non-interactive"], variables, root).finished;
  await pulumi("stack", "init", stack);
  const client = ["--client", address, "--exec-kind", "auto.inline"];
  return pulumi("preview", "--stack", stack, "--config-file", file, "--color", "never", ...client);
}

test("previews a cluster's stack and the shared one", async () => {
  const [cluster, shared] = [await preview("prod.free", SECRETS, checkingHost), await preview("prod", SECRETS)];
  expect(cluster.stdout + cluster.stderr).toMatch(/\+ \d\d to create/);
  expect(cluster.code).toBe(0);
  expect(shared.stdout + shared.stderr).toMatch(/cluster free is not deployed: its addresses are unknown/);
  expect(shared.code).toBe(0);
});

test("says what is wrong with the configuration, without a stack trace", async () => {
  const { code, stdout, stderr } = await preview("prod.free", {
    ...SECRETS,
    "clusters.free.zones": ["europe-north1-a", "europe-west1-b"],
  });
  expect(code).not.toBe(0);
  const output = stdout + stderr;
  expect(output).toContain("clusters.free.zones.0: europe-north1-a does not lie in europe-west1");
  expect(output).not.toMatch(/^\s+at /m);
});

test("names the secrets that are missing and how to set them", async () => {
  const { code, stdout, stderr } = await preview("prod.free", {});
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain("secrets.edgeHopKey: is missing; set it with: pulumi config set --secret --path");
});
