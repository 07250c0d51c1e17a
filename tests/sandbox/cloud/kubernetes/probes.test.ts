import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import type { ContainerState } from "../../../../sandbox/cloud/machine";
import type { ContainerPlan, ProbeKind, ProbePlan } from "../../../../sandbox/cloud/kubernetes/pods/pod-plan";
import { ask, type Answer } from "../../../../sandbox/cloud/kubernetes/probes/ask";
import { ContainerHealth } from "../../../../sandbox/cloud/kubernetes/probes/container-health";

const SECOND = 1_000;
const OK: Answer = { ok: true };
const NO: Answer = { ok: false, because: "no" };

function probe(times: Partial<ProbePlan> = {}): ProbePlan {
  const defaults = {
    initialDelaySeconds: 0,
    periodSeconds: 10,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold: 3,
  };
  return { port: 80, path: "/", ...defaults, ...times };
}

/** A container that runs, and a clock that starts with it. */
class Watched {
  readonly health: ContainerHealth;
  now = 0;
  /** When each kind was asked, in seconds. */
  readonly asked: Partial<Record<ProbeKind, number[]>> = {};
  restarts: number[] = [];
  private startedAt = 0;

  constructor(private readonly probes: ContainerPlan["probes"]) {
    const plan = { name: "app", image: "app", args: [], env: [], mounts: [], sidecar: false, probes };
    this.health = new ContainerHealth(plan);
    this.observe("running");
  }

  observe(state: ContainerState["state"]): void {
    this.health.observe({ name: "app", state, restarts: 0, startedAt: this.startedAt });
  }

  begin(): void {
    this.startedAt = this.now;
    this.observe("running");
  }

  /** Lets time pass in steps of 200 ms, with the same answer to everything or one by kind. */
  pass(seconds: number, answers: Answer | Partial<Record<ProbeKind, Answer>>, ending = false): void {
    for (const until = this.now + seconds * SECOND; this.now < until; this.now += 200) {
      this.observe("running");
      for (const question of this.health.questions(this.now, ending)) {
        const kind = (Object.keys(this.probes) as ProbeKind[]).find((name) => this.probes[name] === question.probe)!;
        (this.asked[kind] ??= []).push(this.now / SECOND);
        const answer = "ok" in answers ? answers : (answers[kind] ?? OK);
        if (question.answer(answer, this.now) === "restart") this.restarts.push(this.now / SECOND);
      }
    }
  }
}

describe("a container", () => {
  it("without probes has started and is ready while it runs", () => {
    const { health } = new Watched({});
    expect([health.started, health.ready]).toEqual([true, true]);
    health.observe({ name: "app", state: "waiting", restarts: 0 });
    expect([health.started, health.ready]).toEqual([false, false]);
  });

  it("is asked nothing but its startup probe until that has succeeded", () => {
    const watched = new Watched({ startup: probe(), liveness: probe(), readiness: probe() });
    watched.pass(3, { startup: NO });
    expect(watched.asked).toEqual({ startup: [0, 1, 2] });
    expect(watched.health.because).toBe("startup probe: no");
    watched.pass(1, OK);
    expect(watched.health.ready).toBe(true);
    expect(Object.keys(watched.asked)).toEqual(["startup", "liveness", "readiness"]);
  });

  it("is asked every second until it first succeeds, and then as often as declared", () => {
    const watched = new Watched({ readiness: probe({ periodSeconds: 5 }) });
    watched.pass(2, NO);
    watched.pass(10, OK);
    expect(watched.asked.readiness).toEqual([0, 1, 2, 7]);
  });

  it("has the declared time to start, however often it is asked", () => {
    const watched = new Watched({ startup: probe({ periodSeconds: 5, failureThreshold: 4 }) });
    watched.pass(30, NO);
    expect(watched.restarts).toEqual([15]);
  });

  it("is not asked before its initial delay", () => {
    const watched = new Watched({ readiness: probe({ initialDelaySeconds: 3 }) });
    watched.pass(4, OK);
    expect(watched.asked.readiness).toEqual([3]);
  });

  it("is restarted once its liveness probe has failed as often as declared in a row", () => {
    const watched = new Watched({ liveness: probe({ periodSeconds: 2, failureThreshold: 3 }) });
    watched.pass(4, NO);
    watched.pass(2, OK);
    expect(watched.restarts).toEqual([]);
    watched.pass(20, NO);
    expect(watched.restarts).toEqual([10]);
  });

  it("begins anew with its probes when it was started again", () => {
    const watched = new Watched({ liveness: probe({ periodSeconds: 1, failureThreshold: 2 }), readiness: probe() });
    watched.pass(5, NO);
    expect(watched.restarts).toEqual([1]);
    watched.begin();
    watched.pass(1, OK);
    expect(watched.health.ready).toBe(true);
  });

  it("stops being ready after the declared failures, and is again after the declared successes", () => {
    const readiness = probe({ periodSeconds: 1, failureThreshold: 2, successThreshold: 2 });
    const watched = new Watched({ readiness });
    watched.pass(1, OK);
    expect(watched.health.ready).toBe(false);
    watched.pass(1, OK);
    expect(watched.health.ready).toBe(true);
    watched.pass(1, NO);
    expect(watched.health.ready).toBe(true);
    watched.pass(1, NO);
    expect(watched.health.ready).toBe(false);
    expect(watched.health.because).toBe("readiness probe: no");
  });

  it("is only asked whether it is ready once its pod is ending", () => {
    const watched = new Watched({ liveness: probe({ periodSeconds: 1 }), readiness: probe({ periodSeconds: 1 }) });
    watched.pass(1, OK);
    watched.pass(10, NO, true);
    expect(watched.asked.liveness).toEqual([0]);
    expect(watched.restarts).toEqual([]);
    expect(watched.health.ready).toBe(false);
  });

  it("takes no answer for another run than the one that was asked", () => {
    const watched = new Watched({ readiness: probe() });
    const [question] = watched.health.questions(0, false);
    watched.now = 100;
    watched.begin();
    question!.answer(OK, 200);
    expect(watched.health.ready).toBe(false);
  });
});

describe("asking", () => {
  const servers: Server[] = [];

  async function listening(server: Server): Promise<{ host: string; port: number }> {
    servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  }

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) (server.closeAllConnections as () => void)();
      await closed;
    }
  });

  it.each([200, 302])("by HTTP takes %i for well", async (status) => {
    const at = await listening(createServer((_, response) => response.writeHead(status).end()));
    expect(await ask({ path: "/x", timeoutSeconds: 5 }, at)).toEqual({ ok: true });
  });

  it.each([404, 503])("by HTTP takes %i for not well, and tells what the body says", async (status) => {
    const at = await listening(createServer((_, response) => response.writeHead(status).end("the\n reason\n")));
    const because = `GET /x at 127.0.0.1:${at.port}: ${status} the reason`;
    expect(await ask({ path: "/x", timeoutSeconds: 5 }, at)).toEqual({ ok: false, because });
  });

  it("says who asks, and for which path", async () => {
    let heard = "";
    const at = await listening(
      createServer(({ url, headers }, response) => {
        heard = `${url} ${headers["user-agent"]}`;
        response.end();
      }),
    );
    await ask({ path: "/healthz?x=1", timeoutSeconds: 5 }, at);
    expect(heard).toMatch(/^\/healthz\?x=1 kube-probe\//);
  });

  it("gives up after its timeout", async () => {
    const at = await listening(createServer(() => undefined));
    const answer = await ask({ path: "/", timeoutSeconds: 0.1 }, at);
    expect(answer).toEqual({ ok: false, because: `GET / at 127.0.0.1:${at.port}: no answer within 0.1 s` });
  });

  it("by TCP is content with a connection, and names what prevents one", async () => {
    const at = await listening(createTcpServer((socket) => socket.destroy()));
    expect(await ask({ timeoutSeconds: 5 }, at)).toEqual({ ok: true });
    const closed = once(servers[0]!, "close");
    servers.splice(0)[0]!.close();
    await closed;
    const refused = { ok: false, because: `TCP at 127.0.0.1:${at.port}: ECONNREFUSED` };
    expect(await ask({ timeoutSeconds: 5 }, at)).toEqual(refused);
  });
});
