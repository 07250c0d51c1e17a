/** Health checks of autohealing, as they are recorded. Pure. */
import { shortName } from "../../../gcp/links";
import type { CloudRecord } from "../../../provider/store";
import { isAbsent, isProperties, text } from "../../../provider/values";

export interface HealthCheck {
  readonly port: number;
  /** Path and query of the GET request. */
  readonly path: string;
  /** Value of the Host header; undefined for the instance's address. */
  readonly host: string | undefined;
  /** What the first 1024 bytes of the answer must hold; undefined for anything. */
  readonly response: string | undefined;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** Answers in a row that make an instance healthy, and failures in a row that make it unhealthy. */
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

/** Compute Engine's defaults. */
const DEFAULTS = { interval: 5, timeout: 5, healthy: 2, unhealthy: 2, httpPort: 80 };

/** Reads an HTTP health check with a port of its own. Throws an Error that names any other kind. */
export function parseHealthCheck({ id, outputs }: CloudRecord): HealthCheck {
  const at = `health check ${shortName(id)}`;
  const http = outputs.httpHealthCheck;
  if (!isProperties(http)) throw new Error(`${at}: the sandbox emulates httpHealthCheck only`);
  if (!isAbsent(http.portName) || !["", "USE_FIXED_PORT"].includes(text(http.portSpecification))) {
    throw new Error(`${at}: for autohealing it needs a port of its own, not portName or portSpecification`);
  }
  if (!["", "NONE"].includes(text(http.proxyHeader))) throw new Error(`${at}: the sandbox sends no proxyHeader`);
  return {
    port: number(http.port, DEFAULTS.httpPort),
    path: text(http.requestPath) || "/",
    host: text(http.host) || undefined,
    response: text(http.response) || undefined,
    intervalSeconds: number(outputs.checkIntervalSec, DEFAULTS.interval),
    timeoutSeconds: number(outputs.timeoutSec, DEFAULTS.timeout),
    healthyThreshold: number(outputs.healthyThreshold, DEFAULTS.healthy),
    unhealthyThreshold: number(outputs.unhealthyThreshold, DEFAULTS.unhealthy),
  };
}

function number(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
