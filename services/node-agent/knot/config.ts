/** knot.conf, rendered from settings. Pure. The reasons for what is not obvious stand beside it in the file itself. */
import { decodeUpdateKey, DEFAULT_RESPONSES_PER_SECOND, filesOf, UPDATE_KEY_NAME, type KnotSettings } from "./settings";

/** Clients connected by TCP. Each takes a descriptor, and 1024 is the lowest limit of those that is usual. */
const MAX_TCP_CLIENTS = 900;

export function renderConfig(settings: KnotSettings): string {
  const { zone, listen, storageDirectory, udpWorkers = 2, rateLimit = {} } = settings;
  const { runDirectory, controlSocket, pid } = filesOf(settings);
  const exempt = rateLimit.exempt ?? [];
  return `# Written by the node agent; changes are overwritten when it starts.
server:
    rundir: ${quote(runDirectory)}
    pidfile: ${quote(pid)}
    listen: [ ${listen.join(", ")} ]
    # Nobody is told what runs here.
    identity: ""
    version: ""
    nsid: ""
    udp-workers: ${udpWorkers}
    # A transfer or a slow client occupies one of them.
    tcp-workers: 10
    background-workers: 2
    tcp-max-clients: ${MAX_TCP_CLIENTS}
    # Seconds; the agent reconnects when it has been quiet for longer.
    tcp-idle-timeout: 10
    # Milliseconds that a client may take for one message: a slow one is cut off, the agent reading the zone back is not.
    tcp-io-timeout: 1000

control:
    listen: ${quote(controlSocket)}

log:
  - target: stderr
    server: info
    control: warning
    zone: notice

key:
  - id: ${UPDATE_KEY_NAME}
    algorithm: hmac-sha256
    secret: ${decodeUpdateKey(settings.updateKey).toString("base64")}

acl:
    # The agent runs beside Knot: the key alone is not enough from elsewhere.
  - id: agent
    address: [ 127.0.0.0/8, ::1 ]
    key: ${UPDATE_KEY_NAME}
    action: [ transfer, update ]

mod-rrl:
  - id: limit
    rate-limit: ${rateLimit.responsesPerSecond ?? DEFAULT_RESPONSES_PER_SECOND}
    # What exceeds the limit is answered with TC: who really asks comes back by TCP, and nothing is amplified.
    slip: 1${exempt.length === 0 ? "" : `\n    whitelist: [ ${exempt.join(", ")} ]`}

database:
    storage: ${quote(storageDirectory)}
    journal-db-max-size: 4G

zone:
  - domain: ${zone}.
    storage: ${quote(storageDirectory)}
    file: ${quote(`${zone}.zone`)}
    # The file is the zone as it began; the journal has every change since, so a commit writes only itself.
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: changes
    journal-max-usage: 1G
    serial-policy: increment
    # They look at the whole zone at each commit.
    semantic-checks: off
    acl: agent
    module: mod-rrl/limit
`;
}

function quote(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
