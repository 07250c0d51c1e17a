/** HAProxy's configuration of a region's load balancers. Pure. */
import { createHash } from "node:crypto";
import {
  backendsOf,
  type Backend,
  type HealthCheck,
  type HttpsFrontend,
  type Route,
  type Server,
  type TcpFrontend,
} from "../plan";

/** Frontends that HAProxy serves. */
export type ProxiedFrontend = TcpFrontend | HttpsFrontend;

/** Files in HAProxy's folder. */
export interface ConfigFiles {
  /** States of servers, for a worker that starts. */
  readonly states: string;
  /** Addresses whose connections are refused by HTTPS frontends. */
  readonly blocked: string;
}

/** A process-wide variable that says which configuration a worker runs with. */
export const MARK = "proc.configuration";

/** Connections at once; HAProxy reserves two descriptors for each. */
const MAX_CONNECTIONS = 2000;
const CONNECT_SECONDS = 5;
/** Seconds that Google keeps an idle connection of a client's. */
const KEEP_ALIVE_SECONDS = 610;
/** Seconds for a request's head. */
const HEADER_SECONDS = 30;
/**
 * Milliseconds between checks of a server that is down or whose state is about to change. Google goes on at the declared interval; here
 * a sandbox is to start soon.
 */
const IMPATIENT_MS = 500;

/** The configuration, with its mark in it. */
export function haproxyConfig(
  frontends: readonly ProxiedFrontend[],
  files: ConfigFiles,
): { text: string; mark: string } {
  const sections = [...frontends.map((frontend) => frontendSection(frontend, files)), ...backendSections(frontends)];
  const body = [globalSection(frontends, files), DEFAULTS, ...sections].join("\n");
  const mark = createHash("sha256").update(body).digest("hex");
  return { mark, text: `${body}\nglobal\n    set-var ${MARK} str(${mark})\n` };
}

/** Backends by name; a name stands for one backend wherever it is used. */
export function allBackends(frontends: readonly ProxiedFrontend[]): Backend[] {
  return [...new Map(frontends.flatMap(backendsOf).map((backend) => [backend.name, backend])).values()];
}

function globalSection(frontends: readonly ProxiedFrontend[], { states }: ConfigFiles): string {
  const longest = Math.max(
    ...allBackends(frontends).flatMap(({ idleSeconds, drainSeconds }) => [idleSeconds, drainSeconds]),
  );
  return section("global", [
    // A worker that a reload has replaced goes on for as long as what it has may, and no longer: streams never end by themselves.
    `hard-stop-after ${Math.max(HEADER_SECONDS, longest)}s`,
    `maxconn ${MAX_CONNECTIONS}`,
    // All of a sandbox shares the CPUs.
    "nbthread 1",
    "log stdout format raw local0 notice",
    `server-state-file ${quoted(states)}`,
  ]);
}

const DEFAULTS = section("defaults", [
  "mode tcp",
  "log global",
  `timeout connect ${CONNECT_SECONDS}s`,
  // Peers that are gone without a word are noticed.
  "option clitcpka",
  "option srvtcpka",
  // Where no connection could be made, another server is tried: nothing was sent then.
  "retries 2",
  "option redispatch 1",
  // A worker that starts knows who is well, and sends nothing to those who have yet to show it.
  "load-server-state-from-file global",
]);

function frontendSection(frontend: ProxiedFrontend, files: ConfigFiles): string {
  return frontend.kind === "tcp" ? tcpFrontend(frontend) : httpsFrontend(frontend, files);
}

function tcpFrontend({ name, listen, backend }: TcpFrontend): string {
  return section(`frontend ${checked(name)}`, [
    ...listen.map(({ host, port }) => `bind ${host}:${port}`),
    `timeout client ${backend.idleSeconds}s`,
    `default_backend ${checked(backend.name)}`,
  ]);
}

function httpsFrontend(frontend: HttpsFrontend, { blocked }: ConfigFiles): string {
  const { name, listen, tls, routes } = frontend;
  const idle = Math.max(HEADER_SECONDS, ...routes.map(({ backend }) => backend.idleSeconds));
  if (tls === undefined) {
    const binds = listen.map(({ host, port }) => `bind ${host}:${port}`);
    return section(`frontend ${checked(name)}`, [
      ...binds,
      `timeout client ${HEADER_SECONDS}s`,
      "tcp-request connection reject",
    ]);
  }
  const ciphers = tls.ciphers === undefined ? "" : ` ciphers ${tls.ciphers}`;
  const options = `ssl crt ${quoted(tls.file)} alpn h2,http/1.1 ssl-min-ver ${tls.minimumVersion}${ciphers}`;
  return section(`frontend ${checked(name)}`, [
    // The file's name stays when it is renewed.
    `# certificate ${tls.fingerprint}`,
    ...listen.map(({ host, port }) => `bind ${host}:${port} ${options}`),
    "mode http",
    `timeout client ${idle}s`,
    `timeout http-request ${HEADER_SECONDS}s`,
    `timeout http-keep-alive ${KEEP_ALIVE_SECONDS}s`,
    // A reload closes a kept connection with the answer to its next request, so that none is sent into a closing one.
    "option idle-close-on-response",
    // Feeds are streams: each line goes out when it comes.
    "option http-no-delay",
    `acl blocked src -f ${quoted(blocked)}`,
    "tcp-request connection reject if blocked",
    "http-request reject if blocked",
    "http-request set-header X-Forwarded-Proto https",
    // As Google does: the client's address and its own, after what the client has said.
    "http-request add-header X-Forwarded-For %[src],%[dst]",
    "http-request set-var(txn.host) req.hdr(host),field(1,:),lower",
    ...routes.flatMap(routeLines),
    'http-request return status 404 content-type text/plain string "no route" unless { var(txn.backend) -m found }',
    "use_backend %[var(txn.backend)]",
  ]);
}

/** The first that matches wins, since a later one only sets what is not set. */
function routeLines({ host, path, backend }: Route, index: number): string[] {
  const { value } = path;
  const prefix = value.endsWith("/") ? value : `${value}/`;
  const paths = path.type === "exact" ? [`path ${value}`] : [`path ${value}`, `path_beg ${prefix}`];
  const route = `route${index}`;
  return [
    ...paths.map((fetch) => `acl ${route} ${fetch}`),
    `http-request set-var(txn.backend) str(${checked(backend.name)}) if { var(txn.host) -m str ${host} } ${route} !{ var(txn.backend) -m found }`,
  ];
}

/** Receivers see the load balancer's address, not that of whoever came through it. */
function backendSections(frontends: readonly ProxiedFrontend[]): string[] {
  const http = new Set(
    frontends.flatMap((frontend) => (frontend.kind === "https" ? backendsOf(frontend) : [])).map(({ name }) => name),
  );
  const sources = new Map(
    frontends.flatMap((frontend) => backendsOf(frontend).map(({ name }) => [name, frontend.listen[0]?.host])),
  );
  return allBackends(frontends).map((backend) =>
    backendSection(backend, http.has(backend.name), sources.get(backend.name)),
  );
}

function backendSection(backend: Backend, isHttp: boolean, source: string | undefined): string {
  const { name, servers, healthCheck, idleSeconds } = backend;
  return section(`backend ${checked(name)}`, [
    isHttp ? "mode http" : "mode tcp",
    "balance roundrobin",
    // Of an HTTP answer HAProxy measures the silence, where Google measures the whole.
    `timeout server ${idleSeconds}s`,
    `timeout tunnel ${idleSeconds}s`,
    ...(source === undefined ? [] : [`source ${source}`]),
    ...(healthCheck === undefined ? [] : healthCheckLines(healthCheck)),
    ...servers.map((server) => serverLine(backend, server)),
  ]);
}

function healthCheckLines({ path, host, timeout }: HealthCheck): string[] {
  const headers = host === undefined ? "" : ` hdr Host ${quoted(host)}`;
  return [
    `timeout check ${timeout}s`,
    "option httpchk",
    `http-check send meth GET uri ${quoted(path)} ver HTTP/1.1${headers === "" ? " hdr Host health" : headers} hdr User-Agent GoogleHC/1.0`,
    "http-check expect status 200",
  ];
}

function serverLine({ proxyHeader, healthCheck }: Backend, { name, endpoint, health }: Server): string {
  const words = [`server ${checked(name)} ${endpoint.host}:${endpoint.port}`];
  if (proxyHeader) words.push("send-proxy");
  if (healthCheck !== undefined && health !== undefined) {
    const { interval, healthy, unhealthy } = healthCheck;
    const impatient = Math.min(IMPATIENT_MS, interval * 1000);
    words.push(`check addr ${health.host} port ${health.port} rise ${healthy} fall ${unhealthy}`);
    words.push(`inter ${interval}s fastinter ${impatient}ms downinter ${impatient}ms`);
  }
  return words.join(" ");
}

function section(head: string, lines: readonly string[]): string {
  return [head, ...lines.map((line) => `    ${line}`)].join("\n") + "\n";
}

/** A word that is taken as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A name of a frontend, backend or server. */
function checked(name: string): string {
  if (/^[A-Za-z0-9_.:-]+$/.test(name)) return name;
  throw new RangeError(`${JSON.stringify(name)} is not a name that HAProxy takes`);
}
