/** `clusters config check`: is the configuration valid? Needs neither engine nor backend. */
import { readEnvironmentFile } from "../config";
import { findConfigFile } from "../deploy/session";
import type { Project } from "../deploy/site";
import { EXIT } from "./exit-codes";
import type { CommonOptions } from "./options";
import { printJson, printResult } from "./terminal";

/** Prints what the file holds and returns the exit code; throws config's ConfigError with every mistake. */
export function checkCommand(project: Project, name: string, options: CommonOptions): number {
  const file = findConfigFile(project, { environment: name, configFile: options.configFile });
  const { clusters } = readEnvironmentFile(file, name);
  const names = Object.keys(clusters);
  if (options.json === true) printJson({ environment: name, file, clusters: names, valid: true });
  else printResult(`${file}: no mistakes; ${names.length} clusters: ${names.join(", ")}`);
  return EXIT.ok;
}
