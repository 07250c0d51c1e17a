import { readFileSync, statSync } from "node:fs";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { localSite } from "../../deploy/local-site";
import type { Project, Site } from "../../deploy/site";
import { committedFile } from "../support/environments";
import { removeTempDirs, tempDir } from "../support/temp-dir";
import { tinyProject } from "../support/tiny/project";

interface ConfigFile {
  readonly encryptionsalt?: string;
  readonly secretsprovider?: string;
  readonly config: Record<string, unknown>;
}

let project: Project;
let userFile: string;
const before = { ...process.env };

beforeEach(() => {
  project = tinyProject(tempDir());
  userFile = join(project.root, "Pulumi.prod.yaml");
  copyFileSync(committedFile("prod"), userFile);
  process.env.CLUSTERS_SANDBOX_DIR = join(project.root, "elsewhere");
});

afterEach(() => {
  process.env = { ...before };
  removeTempDirs();
});

const open = (): Site => localSite(project, "prod", userFile, "records");
const effective = (site: Site): ConfigFile => parse(readFileSync(site.configFile, "utf8")) as ConfigFile;

test("lives below the folder that the variable names, and below .sandbox without it", () => {
  expect(open().workDir).toBe(join(project.root, "elsewhere", "prod.records"));
  delete process.env.CLUSTERS_SANDBOX_DIR;
  expect(open().workDir).toBe(join(project.root, ".sandbox", "prod.records"));
});

test("leaves the user's file as it is and gives the engine a copy with development secrets", () => {
  const text = readFileSync(userFile, "utf8");
  const { config } = effective(open());
  expect(readFileSync(userFile, "utf8")).toBe(text);
  expect(config["platform:clusters"]).toEqual((parse(text) as ConfigFile).config["platform:clusters"]);
  expect(config["platform:secrets"]).toEqual({ someKey: expect.stringMatching(/^[\w+/=]{40,}$/) as string });
});

test("keeps secrets and encryption salt from run to run, while the rest follows the user's file", () => {
  const first = open();
  const secrets = effective(first).config["platform:secrets"];
  writeFileSync(first.configFile, readFileSync(first.configFile, "utf8") + "encryptionsalt: v1:salt\n");
  writeFileSync(userFile, readFileSync(userFile, "utf8").replace("maxUsers: 40000", "maxUsers: 40001"));
  const second = effective(open());
  expect(second.config["platform:secrets"]).toEqual(secrets);
  expect(second.encryptionsalt).toBe("v1:salt");
  expect(second.config).toMatchObject({ "platform:clusters": { hackers: { maxUsers: 40001 } } });
});

test("uses neither the user's secrets nor their secrets provider", () => {
  writeFileSync(
    userFile,
    `secretsprovider: gcpkms://key\nencryptedkey: abc\n${readFileSync(userFile, "utf8")}  platform:secrets:\n    someKey: { secure: v1:x }\n`,
  );
  const { secretsprovider, config } = effective(open());
  expect(secretsprovider).toBeUndefined();
  expect(config["platform:secrets"]).toEqual({ someKey: expect.stringMatching(/^[\w+/=]{40,}$/) as string });
});

test("what holds secrets is readable by its owner only", () => {
  const site = open();
  for (const file of [site.configFile, join(site.workDir, "passphrase")]) expect(statSync(file).mode & 0o077).toBe(0);
});

test("no setting of the user's own Pulumi reaches the engine", () => {
  Object.assign(process.env, {
    PULUMI_ACCESS_TOKEN: "token",
    PULUMI_CONFIG_PASSPHRASE: "mine",
    PULUMI_BACKEND_URL: "gs://mine",
  });
  const { variables, workDir } = open();
  expect(variables.PULUMI_ACCESS_TOKEN).toBeUndefined();
  expect(variables.PULUMI_CONFIG_PASSPHRASE).toBeUndefined();
  expect(variables.PULUMI_BACKEND_URL).toContain(join(workDir, "state"));
});
