/** A container host as a process, and a control API for it. */
import { request, type IncomingMessage, type RequestOptions } from "node:http";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { LocalIssuer } from "../../../../sandbox/issuer";
import { tempDir } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { Child } from "../../support/child";
import { freePort } from "../../support/free-port";
import { probe, program } from "../../support/program";
import { StubControlApi } from "./stub-control-api";

export const ZONE = "apps.example.dev";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly trailers: IncomingMessage["trailers"];
}

/** A line of the host's log. */
export interface LogLine {
  readonly msg: string;
  readonly user?: string;
  readonly app?: string;
  readonly startId?: string;
  readonly process?: string;
  readonly monotonicMs?: number;
}

export class TestHost {
  private constructor(
    readonly api: StubControlApi,
    private readonly issuer: LocalIssuer,
    readonly child: Child,
    readonly port: number,
    readonly healthPort: number,
  ) {}

  /** Starts one with settings of a test's own; resolves once it serves. */
  static async start(variables: Record<string, string> = {}): Promise<TestHost> {
    const [api, issuer] = [await StubControlApi.start(), await LocalIssuer.start()];
    const [port, healthPort] = [await freePort(), await freePort()];
    const child = new Child({
      name: "container host",
      command: program("services/container-host/main.ts"),
      environment: {
        ENVIRONMENT: "test",
        CLUSTER: "free",
        PROJECT: "example",
        REGION: "europe-west1",
        MACHINE_TIER: "standard",
        ZONE,
        NODE_NAME: "host-1",
        CONTROL_API_URL: api.url,
        CONTROL_API_AUDIENCE: "https://resolution.example.dev",
        STATE_DIRECTORY: join(tempDir(), "state"),
        GCE_METADATA_HOST: await issuer.metadataServer("hosts@example.iam.gserviceaccount.com"),
        BIND_ADDRESS: "127.0.0.1",
        APPS_PORT: String(port),
        HEALTH_PORT: String(healthPort),
        NOTICE_SECONDS: "0",
        DRAIN_SECONDS: "2",
        APP_STOP_SECONDS: "1",
        ...variables,
      },
      isReady: () => probe(healthPort, "/healthz"),
    });
    await child.start();
    const host = new TestHost(api, issuer, child, port, healthPort);
    await until("the feed", () => api.applied >= 0);
    return host;
  }

  async stop(): Promise<void> {
    await this.child.stop();
    await Promise.all([this.api.stop(), this.issuer.stop()]);
  }

  /** Options of a request for an app, such as `echo.alice`. */
  to(app: string, options: RequestOptions = {}): RequestOptions {
    const headers = { "x-hosted-name": `${app}.${ZONE}`, host: `${app}.${ZONE}`, ...options.headers };
    return { host: "127.0.0.1", port: this.port, agent: false, ...options, headers };
  }

  async get(app: string, path = "/", options: RequestOptions = {}): Promise<Answer> {
    return await this.send(app, { path, ...options });
  }

  async send(app: string, options: RequestOptions, body?: string | Buffer): Promise<Answer> {
    return await new Promise((resolve, reject) => {
      const sent = request(this.to(app, options), (answer) => {
        text(answer).then(
          (body) =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body, trailers: answer.trailers }),
          reject,
        );
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  /** Tells a user's residency and waits until the host has acknowledged it. */
  async settle(user: string, residency: Parameters<StubControlApi["tell"]>[1]): Promise<void> {
    const revision = this.api.tell(user, residency);
    await until(`${user}'s being ${residency}`, () => this.api.applied >= revision);
  }

  /** Lines of the log about apps. */
  journal(user?: string): LogLine[] {
    return this.child.log
      .split("\n")
      .filter((line) => line.includes('"msg":"app '))
      .map((line) => JSON.parse(line) as LogLine)
      .filter((line) => user === undefined || line.user === user);
  }

  /** A metric's value. */
  async metric(name: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.healthPort}/metrics`);
    const line = (await response.text()).split("\n").find((each) => each.startsWith(`container_host_${name}`));
    return Number(line?.split(" ").at(-1));
  }
}

/** Process ids of the apps that an answer or log names, and that run. */
export function isRunning(pid: string | number | undefined): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}

/** `<cluster>/<node>/<process>/<start id>` of an answer. */
export function servedBy(answer: Pick<Answer, "headers">): { process: string; startId: string } {
  const [, , process = "", startId = ""] = String(answer.headers["x-served-by"]).split("/");
  return { process, startId };
}
