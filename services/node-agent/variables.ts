/** The environment variables of every agent, whatever its kind. Pure. */
import { z } from "zod";
import { clusterName } from "../contracts/fields";
import { nodeName } from "../contracts/resources";
import { logLevel, port, text, url, wholeNumber, type LogLevel } from "../settings/variables";

/** Variables of every agent, each with the remedy that is named when it is wrong. */
export const agentVariables = {
  ENVIRONMENT: text.describe("set the environment's name, as in Pulumi.<environment>.yaml"),
  REGION: text.describe("set the region that this node runs in"),
  NODE_NAME: nodeName.describe("set the pod's or machine's name: letters, digits and .-_, at most 128"),
  CLUSTER: clusterName.optional().describe("set the name of the cluster that this node belongs to"),
  HEALTH_PORT: port,
  METRICS_PORT: port,
  CONTROL_API_URL: url.describe("set the control API's URL, without a path"),
  CONTROL_API_AUDIENCE: url.describe("set the URL that tokens for the control API are made out to"),
  STATE_DIRECTORY: text.describe("set a directory on disk that is this agent's alone"),
  /** Default: an hour. */
  RECONCILE_SECONDS: wholeNumber(10, 604_800).prefault("3600").describe("set whole seconds, 10 to 604800"),
  /** Default: as is right for the kind of node. */
  LEAVE_ON_STOP: z
    .stringbool({ truthy: ["true"], falsy: ["false"] })
    .optional()
    .describe("set true where a node that stops does not come back under its name, false where it does"),
  LOG_LEVEL: logLevel,
} as const;
type AgentVariables = z.output<z.ZodObject<typeof agentVariables>>;

/** What every agent needs to know. */
export interface AgentSettings {
  readonly environment: string;
  readonly region: string;
  readonly node: string;
  readonly cluster: string | undefined;
  readonly healthPort: number;
  readonly metricsPort: number;
  readonly controlApi: { readonly url: string; readonly audience: string };
  readonly stateDirectory: string;
  readonly reconcileSeconds: number;
  /** Whether a node that is asked to stop says that it will not come back; undefined leaves that to its kind. */
  readonly leaveOnStop: boolean | undefined;
  readonly logLevel: LogLevel;
}

export function agentSettingsOf(known: AgentVariables): AgentSettings {
  return {
    environment: known.ENVIRONMENT,
    region: known.REGION,
    node: known.NODE_NAME,
    cluster: known.CLUSTER,
    healthPort: known.HEALTH_PORT,
    metricsPort: known.METRICS_PORT,
    controlApi: { url: known.CONTROL_API_URL, audience: known.CONTROL_API_AUDIENCE },
    stateDirectory: known.STATE_DIRECTORY,
    reconcileSeconds: known.RECONCILE_SECONDS,
    leaveOnStop: known.LEAVE_ON_STOP,
    logLevel: known.LOG_LEVEL,
  };
}
