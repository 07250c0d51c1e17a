/** Section `global`. Pure. */
import { filesIn } from "../files";
import type { EdgeSettings } from "../settings";
import { checked, section } from "./text";
import { processWide } from "./variables";

/**
 * Octets of a buffer, which is HAProxy's own default: a request under way holds two, and what it copies to try a request again is a
 * whole one. A request's head must fit with what the edge adds, and so must a payload of the runtime API.
 */
export const BUFFER_BYTES = 16_384;
/** Of them, kept for what the edge adds to a head: addresses, names, hop header. Less than 1.5 KB at their longest. */
export const REWRITE_BYTES = 2_048;
/** Connections at the health port, which those of clients must not use up: else a flood would get the edge replaced. */
export const HEALTH_CONNECTIONS = 100;
/** Silence after which the runtime API closes an agent's connection. */
const RUNTIME_IDLE = "2m";
/** HAProxy's default is 10; agent, operator and scripts have one or two each. */
const RUNTIME_CONNECTIONS = 20;
/** Nothing else can stand in a word of HAProxy's that is a path, and in an argument of a converter. */
const PATH = /^[A-Za-z0-9/._@+-]+$/;

export function globalSection(settings: EdgeSettings, joined: boolean): string {
  const { directory, limits, threads } = settings;
  const { runtimeSocket } = filesIn(checked("directory", directory, PATH));
  return section("global", [
    `maxconn ${2 * limits.connections + HEALTH_CONNECTIONS}`,
    threads === undefined ? [] : `nbthread ${threads}`,
    `hard-stop-after ${limits.stopSeconds}s`,
    // Health checks of many servers do not come in step.
    "spread-checks 10",
    `tune.bufsize ${BUFFER_BYTES}`,
    `tune.maxrewrite ${REWRITE_BYTES}`,
    `stats socket ${runtimeSocket} mode 660 level admin expose-fd listeners`,
    `stats timeout ${RUNTIME_IDLE}`,
    `stats maxconn ${RUNTIME_CONNECTIONS}`,
    // What happens to HAProxy and its servers; requests are logged by their listeners.
    "log stderr format raw local0 notice",
    joinedLine(joined),
    `set-var ${processWide.stopping} int(0)`,
    keys("hopKeys", settings.hopKeys, processWide.hopKey, ""),
    keys("workspaceTokenKeys", settings.workspaceTokenKeys, processWide.workspaceTokenKey, ",b64dec"),
  ]);
}

/** Whether health says from the start that the edge serves. */
export function joinedLine(joined: boolean): string {
  return `set-var ${processWide.joined} int(${joined ? 1 : 0})`;
}

/** Keys as process-wide variables, in base64, which needs no quoting whatever a key holds. */
function keys(setting: string, values: readonly string[], variable: (index: number) => string, then: string): string[] {
  if (values.length === 0 || values.includes(""))
    throw new RangeError(`${setting} must hold one key or more, none empty`);
  return values.map((key, index) => `set-var ${variable(index)} str(${Buffer.from(key).toString("base64")})${then}`);
}
