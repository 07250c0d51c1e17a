/** An environment that runs on the local cloud, for who looks at it from outside. */
import { readEnvironmentFile, type Environment } from "../../config";
import { controlApiName, controlApiUrl } from "../../config/names";
import { localCloudOf } from "../../deploy/local-site";
import type { LocalCloud } from "../../deploy/local-cloud";
import { defaultCloud, findConfigFile } from "../../deploy/session";
import type { Project } from "../../deploy/site";
import type { PublicPorts } from "../../sandbox/cloud/api";
import type { Endpoint } from "../../sandbox/cloud/network";
import { ControlApi } from "../../services/contracts/client";
import { UsageError } from "../../deploy/errors";
import { localToken, notRunning, type Caller } from "../control-api/connect";
import { reachThroughLocalCloud } from "../control-api/through-local-cloud";

/** Questions of drills and proofs are asked again by who asks them, and tell what came of them. */
const TIMEOUT_MS = 10_000;

export interface LiveEnvironment {
  readonly project: Project;
  readonly environment: Environment;
  /** The configuration file that it was read from. */
  readonly configFile: string;
  readonly cloud: LocalCloud;
  readonly ports: PublicPorts;
  readonly resolver: Endpoint;
  /** The control API as an operator, and as the platform that users belong to. */
  readonly operators: ControlApi;
  readonly platform: ControlApi;
}

export interface LiveOptions {
  readonly environment: string;
  readonly configFile?: string | undefined;
}

/**
 * Throws a {@link UsageError} for an environment that does not live on the local cloud, and for one whose local cloud does not
 * run: nothing here may ever touch another.
 */
export async function openLive(project: Project, options: LiveOptions): Promise<LiveEnvironment> {
  const { environment: name } = options;
  const configFile = findConfigFile(project, options);
  const environment = readEnvironmentFile(configFile, name);
  if (defaultCloud(name) !== "local") throw new UsageError(`${name} does not live on the local cloud`);
  const cloud = localCloudOf(project, name);
  if ((await cloud.health()) === undefined) throw notRunning(name);
  const [ports, resolver] = await Promise.all([cloud.client.publicPorts(), cloud.client.resolver()]);
  reachThroughLocalCloud(cloud, controlApiName(environment.domain));
  const as = (caller: Caller, attempts: number) =>
    new ControlApi({
      url: controlApiUrl(environment.domain),
      token: () => localToken(cloud, environment, caller),
      policy: { timeoutMs: TIMEOUT_MS, attempts },
    });
  return {
    project,
    environment,
    configFile,
    cloud,
    ports,
    resolver,
    operators: as("operators", 3),
    platform: as("platform", 3),
  };
}
