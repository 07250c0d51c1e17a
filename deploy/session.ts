/** Everything that one run of the command works with. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { readEnvironmentFile, type Environment } from "../config";
import { didYouMean } from "../config/nearest";
import { findEngine } from "./engine";
import { EngineProcesses } from "./engine-process";
import { UsageError } from "./errors";
import { googleSite } from "./google-site";
import { Interruption } from "./interruption";
import { localSite } from "./local-site";
import { withPolicyHost } from "./policy";
import type { Cloud, Project, Site } from "./site";

/** The environment that exists for trying things out, and so lives on the local cloud by default. */
export const SANDBOX_ENVIRONMENT = "sandbox";

export interface Session {
  readonly project: Project;
  readonly environment: Environment;
  readonly site: Site;
  readonly processes: EngineProcesses;
  readonly interruption: Interruption;
}

export interface SessionOptions {
  readonly environment: string;
  readonly cloud?: Cloud | undefined;
  readonly configFile?: string | undefined;
}

/**
 * Reads the environment before anything else, so that a mistake in it costs nothing. Throws a {@link UsageError} for an
 * unknown environment or a missing engine, and config's ConfigError for one that is not valid.
 */
export async function openSession(
  project: Project,
  options: SessionOptions,
  notify: (text: string) => void,
): Promise<Session> {
  const configFile = findConfigFile(project, options);
  const environment = readEnvironmentFile(configFile, options.environment);
  const engine = await findEngine();
  const cloud = options.cloud ?? defaultCloud(environment.name);
  const site =
    cloud === "google" ? googleSite(project, configFile) : localSite(project, environment.name, configFile, cloud);
  const processes = new EngineProcesses(engine);
  return {
    project,
    environment,
    site: { ...site, variables: withPolicyHost(engine, site.variables) },
    processes,
    interruption: new Interruption(processes, notify),
  };
}

/** `local` for the environment that exists for it, `google` for every other. */
export function defaultCloud(environment: string): Cloud {
  return environment === SANDBOX_ENVIRONMENT ? "local" : "google";
}

/** The environment's file; throws a {@link UsageError} that names the path and the environments there are. */
export function findConfigFile(project: Project, { environment, configFile }: SessionOptions): string {
  const file = configFile === undefined ? join(project.root, `Pulumi.${environment}.yaml`) : resolve(configFile);
  if (existsSync(file)) return file;
  if (configFile !== undefined) throw new UsageError(`there is no file ${file}, which --config-file names`);
  const known = readdirSync(project.root).flatMap((name) => /^Pulumi\.([^.]+)\.yaml$/.exec(name)?.[1] ?? []);
  const guess = didYouMean(environment, known);
  throw new UsageError(
    `there is no environment "${environment}"${guess}: no file ${file}; environments: ${known.join(", ") || "none"}`,
  );
}
