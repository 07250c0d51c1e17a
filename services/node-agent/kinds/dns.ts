/** Name servers: the agent feeds a Knot. */
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { z } from "zod";
import { readSecret } from "../../google/secrets";
import { dnsName, exactlyOne, json, readVariables, text, wholeNumber } from "../../settings/variables";
import { createKnotDriver, type KnotSettings } from "../knot";
import { agentSettingsOf, agentVariables } from "../variables";
import type { DriverContext, Kind } from "./kind";

/** `<IPv4 address>:<port>`, or `[<IPv6 address>]:<port>`. */
const ENDPOINT = /^(?:\[([0-9a-f:.]+)\]|([\d.]+)):(\d{1,5})$/i;
const address = z.string().refine((value) => isIP(value) !== 0);

const nameServers = json.pipe(z.record(dnsName, address).refine((servers) => Object.keys(servers).length > 0));

const endpoint = z.string().transform((value, context) => {
  const [, v6, v4, portText] = ENDPOINT.exec(value) ?? [];
  const host = v6 ?? v4 ?? "";
  const port = Number(portText);
  if (isIP(host) === 0 || !(port > 0 && port <= 65_535)) {
    context.addIssue("no endpoint");
    return z.NEVER;
  }
  return { host, port };
});

const owner = z.string().regex(/^\d{1,9}:\d{1,9}$/);

const variables = {
  ...agentVariables,
  ZONE: dnsName.describe("set the hosting zone in lower case, without trailing dot"),
  TTL_SECONDS: wholeNumber(1, 604_800).describe("set whole seconds, 1 to 604800"),
  NAME_SERVERS: nameServers.describe("set a JSON object of name servers' names and addresses, one at least"),
  DNS_UPDATE_KEY_VERSION: text
    .optional()
    .describe("set the resource name of the secret version that holds the TSIG key"),
  DNS_UPDATE_KEY_FILE: text.optional().describe("set the path of a file that holds the TSIG key"),
  KNOT_ADDRESS: endpoint.describe("set the address and port that Knot is reached at, such as 127.0.0.1:5353"),
  /** Default: all IPv4 addresses, on the port of KNOT_ADDRESS. */
  KNOT_LISTEN: text.optional().describe("set addresses that Knot listens on as <address>@<port>, separated by commas"),
  /** Default: everybody's rate of answers is limited. */
  KNOT_RATE_LIMIT_EXEMPT: text
    .optional()
    .describe("set networks whose rate of answers is not limited, such as 127.0.0.0/8, separated by commas"),
  KNOT_CONFIG: text.describe("set the path of the configuration that Knot is started with"),
  KNOT_STATE_DIRECTORY: text.describe("set a directory on disk for Knot's zone and journal"),
  /** Default: somebody else runs Knot. */
  KNOT_EXECUTABLE: text.optional().describe("set the path or name of the knotd that the agent is to run itself"),
  /** Needed where the agent runs Knot and is root. */
  KNOT_USER: owner.optional().describe("set the user that Knot runs as, as <uid>:<gid>"),
} as const;
type Variables = z.output<z.ZodObject<typeof variables>>;

export const dns: Kind = {
  // A pod of a StatefulSet comes back under its name, and Knot goes on answering while its agent restarts. Where the number
  // of pods is reduced, an operator deletes the node.
  leavesOnStop: false,
  // Without a state it knows nobody's address. Kubernetes gives its pod 30 seconds.
  patience: { outlastMs: 0, stopMs: 25_000 },
  read: (environment) => {
    const alsoWrong = exactlyOne(environment, ["DNS_UPDATE_KEY_VERSION", "DNS_UPDATE_KEY_FILE"], "the version");
    const known = readVariables(variables, environment, { alsoWrong });
    return { agent: agentSettingsOf(known), createDriver: (context) => createDriver(known, context) };
  },
};

async function createDriver(known: Variables, context: DriverContext) {
  return createKnotDriver(knotSettingsOf(known, await updateKeyOf(known, context), context));
}

/** Knot's settings. Pure. */
export function knotSettingsOf(known: Variables, updateKey: string, { log }: Pick<DriverContext, "log">): KnotSettings {
  const { KNOT_EXECUTABLE: executable, KNOT_USER: owner, KNOT_LISTEN: listen, KNOT_RATE_LIMIT_EXEMPT: exempt } = known;
  const [uid, gid] = owner?.split(":").map(Number) ?? [];
  const user = uid === undefined || gid === undefined ? undefined : { uid, gid };
  return {
    zone: known.ZONE,
    ttlSeconds: known.TTL_SECONDS,
    nameServers: known.NAME_SERVERS,
    address: known.KNOT_ADDRESS,
    listen: listen?.split(",") ?? [`0.0.0.0@${known.KNOT_ADDRESS.port}`],
    updateKey,
    configFile: known.KNOT_CONFIG,
    storageDirectory: known.KNOT_STATE_DIRECTORY,
    stateDirectory: known.STATE_DIRECTORY,
    ...(exempt !== undefined && { rateLimit: { exempt: exempt.split(",") } }),
    ...(executable !== undefined && { supervise: { executable, ...(user && { user }) } }),
    log,
  };
}

async function updateKeyOf(known: Variables, { metadata }: DriverContext): Promise<string> {
  const { DNS_UPDATE_KEY_VERSION: version, DNS_UPDATE_KEY_FILE: file } = known;
  if (version !== undefined) return (await readSecret(version, await metadata.accessToken())).trim();
  return (await readFile(file ?? "", "utf8")).trim();
}
