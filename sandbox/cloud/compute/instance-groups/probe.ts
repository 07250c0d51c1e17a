/** One HTTP health check of one instance. */
import { request, type IncomingMessage } from "node:http";
import type { Endpoint } from "../../network";
import type { ProbeResult } from "./health";
import type { HealthCheck } from "./health-check";

/** How much of an answer is looked at, as Compute Engine does. */
const BODY_BYTES = 1024;

/** Asks once. Never rejects. */
export type Probe = (at: Endpoint, check: HealthCheck) => Promise<ProbeResult>;

/** `health check GET :8082/healthz`. */
export function describe({ port, path }: HealthCheck): string {
  return `health check GET :${port}${path}`;
}

/** A GET request that must be answered 200 within the check's timeout; redirects are not followed. */
export const probeHttp: Probe = async (at, check) => {
  const timeoutMs = check.timeoutSeconds * 1000;
  return await new Promise<ProbeResult>((resolve) => {
    const asked = request({
      ...at,
      path: check.path,
      headers: { host: check.host ?? at.host, connection: "close", "user-agent": "GoogleHC/1.0" },
      agent: false,
    });
    const end = (result: ProbeResult): void => {
      clearTimeout(timer);
      resolve(result === undefined ? undefined : `${describe(check)} ${result}`);
      asked.destroy();
    };
    const timer = setTimeout(() => end(`had no answer within ${check.timeoutSeconds} s`), timeoutMs);
    asked.on("error", (error: NodeJS.ErrnoException) => end(`failed: ${error.code ?? error.message}`));
    asked.on("response", (response) => {
      readStart(response).then(
        (body) => end(judge(response.statusCode ?? 0, body, check)),
        (error: Error) => end(`failed: ${error.message}`),
      );
    });
    asked.end();
  });
};

async function readStart(response: IncomingMessage): Promise<string> {
  let body = Buffer.alloc(0);
  for await (const chunk of response) {
    body = Buffer.concat([body, chunk as Buffer]);
    if (body.length >= BODY_BYTES) break;
  }
  return body.subarray(0, BODY_BYTES).toString("latin1");
}

function judge(status: number, body: string, { response }: HealthCheck): ProbeResult {
  if (status !== 200) return `answered ${status}`;
  return response === undefined || body.includes(response) ? undefined : `answered without "${response}"`;
}
