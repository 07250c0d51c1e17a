import { knotSettingsOf } from "../../../services/node-agent/kinds/dns";
import { readSettings } from "../../../services/node-agent/settings";
import { SettingsError } from "../../../services/settings/variables";
import { RecordingLog } from "./recording-log";

const DNS = {
  ENVIRONMENT: "prod",
  REGION: "europe-west1",
  NODE_KIND: "dns",
  NODE_NAME: "name-server-0",
  HEALTH_PORT: "8081",
  METRICS_PORT: "9090",
  ZONE: "apps.example.dev",
  TTL_SECONDS: "60",
  NAME_SERVERS: '{"europe-west1.ns.apps.example.dev":"203.0.113.53"}',
  CONTROL_API_URL: "http://control-api.resolution.svc.cluster.local",
  CONTROL_API_AUDIENCE: "https://resolution.example.dev",
  DNS_UPDATE_KEY_VERSION: "projects/p/locations/europe-west1/secrets/dns-update-key/versions/1",
  KNOT_ADDRESS: "127.0.0.1:5353",
  KNOT_CONFIG: "/run/knot/knot.conf",
  KNOT_STATE_DIRECTORY: "/var/lib/knot",
  STATE_DIRECTORY: "/var/lib/node",
};

/** Lines of the error that variables are refused with. */
function mistakes(changed: Record<string, string | undefined>): string[] {
  try {
    readSettings({ ...DNS, ...changed });
  } catch (error) {
    if (error instanceof SettingsError) return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("a name server's settings", () => {
  it("are read from its variables", () => {
    expect(readSettings(DNS)).toMatchObject({
      kind: "dns",
      leaveOnStop: false,
      agent: {
        environment: "prod",
        region: "europe-west1",
        node: "name-server-0",
        cluster: undefined,
        healthPort: 8081,
        metricsPort: 9090,
        controlApi: { url: DNS.CONTROL_API_URL, audience: DNS.CONTROL_API_AUDIENCE },
        stateDirectory: "/var/lib/node",
        reconcileSeconds: 3600,
        logLevel: "info",
      },
    });
  });

  it("say whether a stop is for good", () => {
    expect(readSettings({ ...DNS, LEAVE_ON_STOP: "true" }).leaveOnStop).toBe(true);
    expect(readSettings({ ...DNS, LEAVE_ON_STOP: "false" }).leaveOnStop).toBe(false);
  });

  it.each<[string, string | undefined, string]>([
    ["ENVIRONMENT", undefined, "ENVIRONMENT is not set: set the environment's name, as in Pulumi.<environment>.yaml"],
    ["NODE_NAME", "a b", "NODE_NAME is \"a b\": set the pod's or machine's name: letters, digits and .-_, at most 128"],
    ["METRICS_PORT", "65536", 'METRICS_PORT is "65536": set a port, 0 to 65535; 0 takes any that is free'],
    ["HEALTH_PORT", "http", 'HEALTH_PORT is "http": set a port, 0 to 65535; 0 takes any that is free'],
    ["TTL_SECONDS", "0", 'TTL_SECONDS is "0": set whole seconds, 1 to 604800'],
    ["TTL_SECONDS", "1.5", 'TTL_SECONDS is "1.5": set whole seconds, 1 to 604800'],
    [
      "ZONE",
      "Apps.example.dev.",
      'ZONE is "Apps.example.dev.": set the hosting zone in lower case, without trailing dot',
    ],
    ["CONTROL_API_URL", "ftp://x", 'CONTROL_API_URL is "ftp://x": set the control API\'s URL, without a path'],
    ["RECONCILE_SECONDS", "9", 'RECONCILE_SECONDS is "9": set whole seconds, 10 to 604800'],
    [
      "LEAVE_ON_STOP",
      "1",
      'LEAVE_ON_STOP is "1": set true where a node that stops does not come back under its name, false where it does',
    ],
    ["LOG_LEVEL", "loud", 'LOG_LEVEL is "loud": set one of trace, debug, info, warn, error, fatal, silent'],
    ["KNOT_USER", "knot", 'KNOT_USER is "knot": set the user that Knot runs as, as <uid>:<gid>'],
    ...["127.0.0.1", "localhost:53", "127.0.0.1:0", "127.0.0.1:70000", "::1:53"].map(
      (address): [string, string, string] => [
        "KNOT_ADDRESS",
        address,
        `KNOT_ADDRESS is "${address}": set the address and port that Knot is reached at, such as 127.0.0.1:5353`,
      ],
    ),
    ...["", "{", "[]", "{}", '{"ns":"nowhere"}', '{"NS.example.dev":"203.0.113.53"}'].map(
      (servers): [string, string, string] => [
        "NAME_SERVERS",
        servers,
        `NAME_SERVERS is ${JSON.stringify(servers)}: set a JSON object of name servers' names and addresses, one at least`,
      ],
    ),
  ])("are refused by name, value and remedy: %s = %j", (name, value, message) => {
    expect(mistakes({ [name]: value })).toEqual([message]);
  });

  it("take exactly one source of the update key", () => {
    const names = "DNS_UPDATE_KEY_VERSION, DNS_UPDATE_KEY_FILE";
    expect(mistakes({ DNS_UPDATE_KEY_VERSION: undefined })).toEqual([
      `${names}: neither is set; set exactly one, in production the version`,
    ]);
    expect(mistakes({ DNS_UPDATE_KEY_FILE: "/key" })).toEqual([
      `${names}: both are set; set exactly one, in production the version`,
    ]);
    expect(mistakes({ DNS_UPDATE_KEY_VERSION: undefined, DNS_UPDATE_KEY_FILE: "/key" })).toEqual([]);
  });

  it("are refused with all mistakes at once", () => {
    const names = mistakes({ REGION: undefined, ZONE: "", DNS_UPDATE_KEY_FILE: "/key" }).map(
      (line) => line.split(" ")[0],
    );
    expect(names).toEqual(["REGION", "ZONE", "DNS_UPDATE_KEY_VERSION,"]);
  });
});

describe("the kind of node", () => {
  it.each([
    [undefined, "NODE_KIND is not set: set one of dns, edge"],
    ["router", 'NODE_KIND is "router": set one of dns, edge'],
    ["host", 'NODE_KIND is "host", and this program has no driver for nodes of kind host: set one of dns, edge'],
  ])("is refused where there is no driver for it: %s", (kind, message) => {
    expect(mistakes({ NODE_KIND: kind })).toEqual([message]);
  });
});

describe("Knot's settings", () => {
  const known = {
    ...DNS,
    TTL_SECONDS: 60,
    NAME_SERVERS: { "europe-west1.ns.apps.example.dev": "203.0.113.53" },
    KNOT_ADDRESS: { host: "127.0.0.1", port: 5353 },
  } as unknown as Parameters<typeof knotSettingsOf>[0];
  const { log } = new RecordingLog();

  it("leave Knot to its own container, which listens where everybody reaches it", () => {
    expect(knotSettingsOf(known, "key", { log })).toEqual({
      zone: "apps.example.dev",
      ttlSeconds: 60,
      nameServers: { "europe-west1.ns.apps.example.dev": "203.0.113.53" },
      address: { host: "127.0.0.1", port: 5353 },
      listen: ["0.0.0.0@5353"],
      updateKey: "key",
      configFile: "/run/knot/knot.conf",
      storageDirectory: "/var/lib/knot",
      stateDirectory: "/var/lib/node",
      log,
    });
  });

  it("have the agent run Knot, on addresses of its own and as another user, where it is told to", () => {
    const changed = { ...known, KNOT_EXECUTABLE: "knotd", KNOT_USER: "101:102", KNOT_LISTEN: "127.0.0.2@53,::1@53" };
    expect(knotSettingsOf(changed, "key", { log })).toMatchObject({
      listen: ["127.0.0.2@53", "::1@53"],
      supervise: { executable: "knotd", user: { uid: 101, gid: 102 } },
    });
  });
});
