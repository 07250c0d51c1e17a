/** What a subcommand that asks the control API works with. */
import { readEnvironmentFile, type Environment } from "../../config";
import { findConfigFile } from "../../deploy/session";
import type { Project } from "../../deploy/site";
import { ControlApi } from "../../services/contracts/client";
import { apiAddress } from "./address";
import { withFailures } from "./failure";
import type { OperatorApi, WatchingApi } from "./operator-api";
import { tokenSource } from "./token";

/** Beginning an evacuation of a hundred thousand users takes seconds. */
const TIMEOUT_MS = 60_000;

/** What all of them accept. */
export interface ApiOptions {
  readonly api?: string;
  readonly configFile?: string;
  readonly json?: boolean;
}

export interface ApiCommand<O extends ApiOptions = ApiOptions> {
  readonly environment: Environment;
  readonly api: OperatorApi;
  readonly watching: WatchingApi;
  readonly options: O;
}

/**
 * Reads the environment and says how to reach its control API; nothing is asked yet. Throws a UsageError for an unknown
 * environment or a wrong address, and config's ConfigError for an environment that is not valid.
 */
export function connect<O extends ApiOptions>(project: Project, name: string, options: O): ApiCommand<O> {
  const file = findConfigFile(project, { environment: name, configFile: options.configFile });
  const environment = readEnvironmentFile(file, name);
  const url = apiAddress(environment, options.api);
  const token = tokenSource(environment);
  const api = new ControlApi({ url, token, policy: { timeoutMs: TIMEOUT_MS } });
  // Whoever watches asks again anyway, and is told in between.
  const watching = new ControlApi({ url, token, policy: { attempts: 1 } });
  return { environment, options, api: withFailures(api, url), watching: withFailures(watching, url) };
}
