/** Asking the local cloud, on its Unix socket. */
import { once } from "node:events";
import { request, type IncomingMessage, type RequestOptions } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Health, PublicPorts } from "./api";
import type { Faults, ResourceName, Unit } from "./controller";
import type { Endpoint } from "./network";
import type { Outcome } from "./reconciler";
import { byShortPath } from "./socket-path";

/** Environment variable with the path of the socket. Where it is set, provider plugins wait for what is real. */
export const SOCKET_VARIABLE = "LOCAL_CLOUD_SOCKET";
/** Environment variable with the range that provider plugins take addresses from. */
export const NETWORK_VARIABLE = "LOCAL_CLOUD_NETWORK";
/** Environment variable with the longest that a step waits for its resource, in seconds. */
export const PATIENCE_VARIABLE = "LOCAL_CLOUD_PATIENCE_SECONDS";

/** The certificate of the authority that signs its servers' certificates, in the local cloud's directory. */
export const AUTHORITY_FILE = join("authority", "own", "certificate.pem");

/** Name of the socket in the local cloud's directory. */
export const SOCKET_FILE = "cloud.sock";

const TIMEOUT_MS = 10_000;

/** The local cloud does not answer, or answers with an error. */
export class LocalCloudError extends Error {
  override readonly name = "LocalCloudError";
}

export class LocalCloudClient {
  constructor(private readonly socket: string) {}

  health(): Promise<Health> {
    return this.ask("GET", "/health");
  }

  units(): Promise<Unit[]> {
    return this.ask("GET", "/units");
  }

  publicPorts(): Promise<PublicPorts> {
    return this.ask("GET", "/ports");
  }

  /** Where the resolver is that starts at the parent zone, as the Internet's would. */
  resolver(): Promise<Endpoint> {
    return this.ask("GET", "/resolver");
  }

  /** An identity token for a person or service account. */
  async token(email: string, audience: string): Promise<string> {
    return (await this.ask<{ token: string }>("POST", "/tokens", { email, audience })).token;
  }

  faults(): Promise<Faults> {
    return this.ask("GET", "/faults");
  }

  async setFaults(faults: Faults): Promise<void> {
    await this.ask("PUT", "/faults", faults);
  }

  /** Waits until a resource has settled. */
  settle(resource: ResourceName, patienceSeconds: number): Promise<Outcome> {
    const timeoutMs = patienceSeconds * 1000 + TIMEOUT_MS;
    return this.ask("POST", "/settle", { ...resource, patienceSeconds }, timeoutMs);
  }

  /** Asks it to stop; it ends within seconds. */
  async stop(): Promise<void> {
    await this.ask("POST", "/stop", {});
  }

  private async ask<T>(method: string, path: string, body?: unknown, timeoutMs = TIMEOUT_MS): Promise<T> {
    try {
      return await byShortPath(this.socket, (socketPath) => exchange<T>({ socketPath, method, path }, body, timeoutMs));
    } catch (error) {
      if (error instanceof LocalCloudError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new LocalCloudError(`the local cloud at ${this.socket} does not answer: ${reason}`, { cause: error });
    }
  }
}

async function exchange<T>(to: RequestOptions, body: unknown, timeoutMs: number): Promise<T> {
  const sent = request({ ...to, agent: false, signal: AbortSignal.timeout(timeoutMs) });
  const responded = once(sent, "response") as Promise<[IncomingMessage]>;
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await responded;
  const answer = JSON.parse(await text(response)) as T & { error?: string };
  if (response.statusCode !== 200) throw new LocalCloudError(answer.error ?? `answered ${response.statusCode}`);
  return answer;
}
