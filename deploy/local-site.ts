/**
 * The local cloud's place on disk. Everything that an environment needs there lies in one folder, and nothing is written
 * outside it. With the cloud `records` it is a folder beside, `<environment>.records`: records with and without processes
 * never mix.
 *
 *     .sandbox/<environment>/
 *       Pulumi.yaml                 project settings that name the local providers
 *       Pulumi.<environment>.yaml   the effective configuration: the user's with development secrets
 *       passphrase                  of the encryption of state
 *       state/                      the backend
 *       cloud/                      what the local cloud has in place, and its files
 *       logs/                       what it says itself
 *       home/                       Pulumi's own files
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse, stringify } from "yaml";
import { UsageError } from "./errors";
import { LocalCloud } from "./local-cloud";
import { POLICY_HOST } from "./policy";
import type { Project, Site } from "./site";

/** Overrides the folder that holds `<environment>/`; by default `.sandbox` beside Pulumi.yaml. */
export const SANDBOX_DIR_VARIABLE = "CLUSTERS_SANDBOX_DIR";

/** The local cloud's own, in an environment's folder. */
const CLOUD_FOLDER = "cloud";

/** Only the owner may read what holds secrets. */
const PRIVATE = 0o600;

/** Pulumi's keys that belong to the user's own secrets provider or service; the local cloud has its own. */
const FOREIGN_KEYS = ["secretsprovider", "encryptedkey", "encryptionsalt", "environment"];

/** The folder of an environment on the local cloud. */
export function sandboxDir(project: Project, environment: string, variables: NodeJS.ProcessEnv = process.env): string {
  return join(variables[SANDBOX_DIR_VARIABLE] ?? join(project.root, ".sandbox"), environment);
}

/** The local cloud of an environment, whether or not it runs. Throws a {@link UsageError} for a project that has none. */
export function localCloudOf(project: Project, environment: string): LocalCloud {
  if (project.localCloud === undefined) {
    throw new UsageError("this project has no processes to run on the local cloud; use --cloud records");
  }
  const dir = sandboxDir(project, environment);
  return new LocalCloud(join(dir, CLOUD_FOLDER), join(dir, "logs", "local-cloud.log"), project.localCloud);
}

/** Prepares the folder from the user's configuration file, which stays as it is, and says how the engine reaches it. */
export function localSite(
  project: Project,
  environment: string,
  userConfigFile: string,
  cloud: "local" | "records",
): Site {
  const localCloud = cloud === "local" ? localCloudOf(project, environment) : undefined;
  const dir = sandboxDir(project, cloud === "local" ? environment : `${environment}.records`);
  const stateDir = join(dir, "state");
  for (const folder of [stateDir, join(dir, CLOUD_FOLDER), join(dir, "home")]) mkdirSync(folder, { recursive: true });
  const passphraseFile = join(dir, "passphrase");
  if (!existsSync(passphraseFile)) write(passphraseFile, randomBytes(24).toString("base64url"), PRIVATE);
  write(join(dir, "Pulumi.yaml"), stringify(projectSettings(project)));
  const configFile = join(dir, `Pulumi.${environment}.yaml`);
  write(configFile, effectiveConfig(project, userConfigFile, configFile), PRIVATE);
  return {
    cloud,
    ...(localCloud !== undefined && { localCloud }),
    workDir: dir,
    configFile,
    stateDir,
    backend: dir,
    variables: {
      ...withoutPulumi(process.env),
      PULUMI_BACKEND_URL: `${pathToFileURL(stateDir).href}?no_tmp_dir=true`,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
      PULUMI_HOME: join(dir, "home"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
      LOCAL_CLOUD_DIR: join(dir, CLOUD_FOLDER),
    },
  };
}

function projectSettings({ name, localPlugins }: Project): Record<string, unknown> {
  return {
    name,
    runtime: "nodejs",
    plugins: { providers: localPlugins, analyzers: [{ name: "policy-nodejs", path: POLICY_HOST }] },
  };
}

/**
 * The user's configuration with generated secrets in place of theirs, which only their secrets provider can decrypt. What
 * was generated or written by Pulumi before is kept: a new value would be a change of everything that uses it.
 */
function effectiveConfig(project: Project, userFile: string, effectiveFile: string): string {
  const before = existsSync(effectiveFile)
    ? (parse(readFileSync(effectiveFile, "utf8")) as ConfigFile)
    : { config: {} };
  const { config, ...own } = parse(readFileSync(userFile, "utf8")) as ConfigFile;
  for (const key of FOREIGN_KEYS) delete own[key];
  const secrets = `${project.name}:secrets`;
  const salt = before.encryptionsalt;
  return stringify({
    ...own,
    ...(salt !== undefined && { encryptionsalt: salt }),
    config: {
      ...config,
      [secrets]: { ...generateSecrets(project.secretNames), ...(before.config[secrets] as object | undefined) },
    },
  });
}

type ConfigFile = Record<string, unknown> & { config: Record<string, unknown> };

function generateSecrets(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, randomBytes(32).toString("base64")]));
}

/** No setting of the user's own Pulumi reaches the local cloud: neither its backend nor its credentials. */
function withoutPulumi(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith("PULUMI_")));
}

/** Whole or not at all: a reader never finds half of a file. */
function write(file: string, text: string, mode = 0o644): void {
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}`);
  writeFileSync(temporary, text, { mode });
  renameSync(temporary, file);
}
