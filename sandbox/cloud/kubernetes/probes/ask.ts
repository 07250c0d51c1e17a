/** Asks a container how it is, from outside, as the kubelet does. */
import { request } from "node:http";
import { connect } from "node:net";
import type { Endpoint } from "../../network";
import type { ProbePlan } from "../pods/pod-plan";

export type Answer = { readonly ok: true } | { readonly ok: false; readonly because: string };

const OK: Answer = { ok: true };
/** Bytes of an answer's body that are kept for the reason. */
const REASON_BYTES = 200;

/** Never rejects: whatever goes wrong, a timeout too, is an answer. */
export async function ask(probe: Pick<ProbePlan, "path" | "timeoutSeconds">, at: Endpoint): Promise<Answer> {
  const signal = AbortSignal.timeout(probe.timeoutSeconds * 1000);
  try {
    if (probe.path === undefined) await connects(at, signal);
    else return await get(probe.path, at, signal);
    return OK;
  } catch (error) {
    const asked = `${probe.path === undefined ? "TCP" : `GET ${probe.path}`} at ${at.host}:${at.port}`;
    const reason = signal.aborted ? `no answer within ${probe.timeoutSeconds} s` : (error as NodeJS.ErrnoException);
    return { ok: false, because: `${asked}: ${typeof reason === "string" ? reason : (reason.code ?? reason.message)}` };
  }
}

function connects({ host, port }: Endpoint, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
  });
}

/** 200 to 399 is well. */
function get(path: string, { host, port }: Endpoint, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { "User-Agent": "kube-probe/1.33", Connection: "close" };
    const asked = request({ host, port, path, signal, headers, agent: false }, (response) => {
      const { statusCode = 0 } = response;
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body = (body + text).slice(0, REASON_BYTES)));
      response.once("error", reject);
      response.once("end", () => {
        const because = `GET ${path} at ${host}:${port}: ${statusCode} ${body.replace(/\s+/g, " ").trim()}`.trim();
        resolve(statusCode >= 200 && statusCode < 400 ? OK : { ok: false, because });
      });
    });
    asked.once("error", reject);
    asked.end();
  });
}
