/** What a subcommand that asks the control API works with. */
import { readEnvironmentFile, type Environment } from "../../config";
import { controlApiName, controlApiUrl } from "../../config/names";
import { UsageError } from "../../deploy/errors";
import type { LocalCloud } from "../../deploy/local-cloud";
import { localCloudOf } from "../../deploy/local-site";
import { defaultCloud, findConfigFile, SANDBOX_ENVIRONMENT } from "../../deploy/session";
import type { Project } from "../../deploy/site";
import { ControlApi } from "../../services/contracts/client";
import { apiAddress } from "./address";
import { withFailures } from "./failure";
import type { OperatorApi, WatchingApi } from "./operator-api";
import { reachThroughLocalCloud } from "./through-local-cloud";
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
  /** What the environment's machines are processes of; undefined for an environment elsewhere. */
  readonly cloud?: LocalCloud;
}

/** Who asks, as `resolution.callers` has it. */
export type Caller = "operators" | "platform";

/**
 * Reads the environment and says how to reach its control API; nothing is asked yet. An environment on the local cloud needs no
 * more than that cloud running: it gives out the token of the first `caller`. Throws a UsageError for an unknown environment or a
 * wrong address, and config's ConfigError for an environment that is not valid.
 */
export function connect<O extends ApiOptions>(
  project: Project,
  name: string,
  options: O,
  caller: Caller = "operators",
): ApiCommand<O> {
  const file = findConfigFile(project, { environment: name, configFile: options.configFile });
  const environment = readEnvironmentFile(file, name);
  return connectTo(project, environment, options, caller);
}

/** The same for an environment that has been read. */
export function connectTo<O extends ApiOptions>(
  project: Project,
  environment: Environment,
  options: O,
  caller: Caller,
): ApiCommand<O> {
  const { name } = environment;
  const url = apiAddress(environment, options.api);
  const cloud = defaultCloud(name) === "local" ? localCloudOf(project, name) : undefined;
  if (cloud !== undefined && url === controlApiUrl(environment.domain)) {
    reachThroughLocalCloud(cloud, controlApiName(environment.domain));
  }
  const token = tokenSource(environment, process.env, cloud && (() => localToken(cloud, environment, caller)));
  const api = new ControlApi({ url, token, policy: { timeoutMs: TIMEOUT_MS } });
  // Whoever watches asks again anyway, and is told in between.
  const watching = new ControlApi({ url, token, policy: { attempts: 1 } });
  const apis = { api: withFailures(api, url), watching: withFailures(watching, url) };
  return { environment, options, ...apis, ...(cloud !== undefined && { cloud }) };
}

/** An identity token for the first of the callers, from the local cloud. */
export async function localToken(cloud: LocalCloud, environment: Environment, caller: Caller): Promise<string> {
  const [email] = environment.resolution.callers[caller];
  if (email === undefined)
    throw new UsageError(`resolution.callers.${caller} of ${environment.name} names nobody to ask as`);
  if ((await cloud.health()) === undefined) throw notRunning(environment.name);
  return await cloud.client.token(email, controlApiUrl(environment.domain));
}

/** What to say where the local cloud is asked for something and does not run. */
export function notRunning(environment: string): UsageError {
  const remedy = environment === SANDBOX_ENVIRONMENT ? "make sandbox" : `clusters up ${environment} --cloud local`;
  return new UsageError(`the local cloud of ${environment} does not run; start it with: ${remedy}`);
}
