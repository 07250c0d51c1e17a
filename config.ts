/**
 * The one reader of configuration. An environment is one `Pulumi.<environment>.yaml`, a stack configuration file that all
 * its stacks share; its sections are the `platform:` keys. The reader gives a validated, typed {@link Environment}, or one
 * {@link ConfigError} that lists every mistake with its path, before anything is registered.
 */
import { basename } from "node:path";
import { readConfigFile } from "./config/file";
import { parseEnvironment, type Environment } from "./config/parse";
import { ConfigError, type Problem } from "./config/problems";
import { namespaceProblems, sectionsOf } from "./config/sections";
import { secretProblems, SECRETS_SECTION } from "./config/secrets";

export type { Environment } from "./config/parse";
export { ConfigError, formatProblem, type Problem } from "./config/problems";
export { PROJECT } from "./config/sections";
export { secretNames, type SecretName } from "./config/secrets";
export type {
  ClusterConfig,
  ContainerVmsConfig,
  DomainConfig,
  HttpServingConfig,
  MachineTier,
  ResolutionConfig,
} from "./config/schema";

/**
 * Reads `Pulumi.<environment>.yaml`. Throws a {@link ConfigError} when the file is missing, is not YAML, or is not a valid
 * environment. `name` is the environment's, by default taken from the file's name.
 */
export function readEnvironmentFile(file: string, name = environmentOf(file)): Environment {
  const { config, problems } = readConfigFile(file);
  return validate(name, file, config, problems);
}

/**
 * Reads the configuration that Pulumi gives a stack's program: every key with its value as a string, maps and lists as
 * JSON. Throws a {@link ConfigError} when it is not a valid environment. `name` is the environment's.
 */
export function readStackEnvironment(name: string, values: Readonly<Record<string, string>>): Environment {
  const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, fromPulumi(value)]));
  return validate(name, `configuration of environment ${name}`, config, []);
}

/** `prod` of `path/to/Pulumi.prod.yaml`. Throws a {@link ConfigError} for any other name. */
export function environmentOf(file: string): string {
  const match = /^Pulumi\.([^.]+)\.ya?ml$/.exec(basename(file));
  if (match?.[1] !== undefined) return match[1];
  const message = "is not named Pulumi.<environment>.yaml, so the environment's name is unknown";
  throw new ConfigError(file, [{ path: "", message }]);
}

function validate(
  name: string,
  source: string,
  config: Readonly<Record<string, unknown>>,
  found: readonly Problem[],
): Environment {
  const { [SECRETS_SECTION]: secrets, ...sections } = sectionsOf(config);
  const parsed = parseEnvironment(name, sections);
  const problems = [...found, ...namespaceProblems(config), ...secretProblems(secrets)];
  if ("environment" in parsed && problems.length === 0) return parsed.environment;
  throw new ConfigError(source, "problems" in parsed ? [...problems, ...parsed.problems] : problems);
}

/** Pulumi hands maps and lists as JSON, scalars as they are, and what is empty as "". */
function fromPulumi(value: string): unknown {
  if (value === "") return null;
  if (!/^[{[]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
