/** resolve, move and status against a control API that speaks the contracts. */
import type { FastifyReply } from "fastify";
import { Problem } from "../../services/contracts/problems";
import { run } from "./in-process";
import { clusterOf, evacuationOf, nodeOf, resolutionOf, transferOf } from "./samples";
import { StubControlApi, TOKEN } from "./stub-control-api";

let api: StubControlApi;
beforeAll(async () => (api = await StubControlApi.start()));
beforeEach(() => api.reset());
afterAll(() => api.stop());

const clusters = (...args: string[]) => run(args, { CLUSTERS_API_URL: api.url, CLUSTERS_TOKEN: TOKEN, NO_COLOR: "1" });

describe("resolve", () => {
  test("tells where a user lives", async () => {
    api.answer("GET /v1/resolve", resolutionOf());
    const { code, stdout, stderr } = await clusters("resolve", "prod", "alice");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(
      [
        "alice lives in free",
        "  HTTP        203.0.113.10, 2001:db8::10",
        "  WebSockets  203.0.113.11",
        "  good for    60 s\n",
      ].join("\n"),
    );
    expect(api.received.map(({ url }) => url)).toEqual(["/v1/resolve?user=alice"]);
  });

  test("asks for a host where the name has a dot", async () => {
    api.answer("GET /v1/resolve", resolutionOf());
    await clusters("resolve", "prod", "www.example.org");
    expect(api.received.map(({ url }) => url)).toEqual(["/v1/resolve?host=www.example.org"]);
  });

  test("prints the answer as JSON", async () => {
    api.answer("GET /v1/resolve", resolutionOf());
    const { stdout } = await clusters("resolve", "prod", "alice", "--json");
    expect(JSON.parse(stdout)).toEqual(resolutionOf());
  });

  test("says how old an answer is that comes from memory only", async () => {
    api.answer("GET /v1/resolve", (_: unknown, reply: FastifyReply) => {
      void reply.header("resolution-staleness", "90");
      return resolutionOf();
    });
    const { code, stdout, stderr } = await clusters("resolve", "prod", "alice", "--json");
    expect({ code, answer: JSON.parse(stdout) as unknown }).toEqual({ code: 0, answer: resolutionOf() });
    expect(stderr).toBe("warning: the control API has lost its store; this was true 1 min 30 s ago\n");
  });
});

describe("a refusal", () => {
  test("is told with its type, its detail and the request's id, and no stack trace", async () => {
    api.answer("GET /v1/resolve", new Problem("unknown-user", 'there is no user "alice"'));
    const { code, stdout, stderr } = await clusters("resolve", "prod", "alice");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^error: unknown-user: there is no user "alice" \(request request-[0-9a-f-]{36}\)\n$/);
  });

  test("of the token says so", async () => {
    const { code, stderr } = await run(["status", "prod", "--api", api.url], { CLUSTERS_TOKEN: "another" });
    expect(code).toBe(1);
    expect(stderr).toContain("error: unauthenticated: the token is bad");
  });

  test("to connect names the address", async () => {
    const stopped = await StubControlApi.start();
    const { url } = stopped;
    await stopped.stop();
    const { code, stderr } = await run(["resolve", "prod", "alice", "--api", url], { CLUSTERS_TOKEN: TOKEN });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: the control API at http:\/\/127\.0\.0\.1:\d+ cannot be asked: GET .*ECONNREFUSED/);
    expect(stderr.split("\n")).toHaveLength(2);
  });
});

describe("move", () => {
  test("shows every phase that passed, however fast, and ends when the user has moved", async () => {
    const transfer = transferOf();
    api.answer("POST /v1/transfers", transfer);
    api.answer("GET /v1/transfers/:id", [
      { ...transfer, phase: "forwarding" },
      { ...transfer, phase: "settling" },
    ]);
    const { code, stdout, stderr } = await clusters("move", "prod", "alice", "--to", "hackers", "--reason", "why");
    expect(code).toBe(0);
    expect(stdout).toBe(`alice lives in hackers now (transfer ${transfer.id})\n`);
    expect(stderr).toBe(
      [
        "alice  requested   from free to hackers",
        "alice  accepting   hackers gets ready to hold requests",
        "alice  forwarding  free sends requests on to hackers",
        "alice  stopping    free stops the containers, hackers may then start them",
        "alice  publishing  name servers learn that the user lives in hackers",
        "alice  settling    moved; free goes on forwarding until cached answers are gone\n",
      ].join("\n"),
    );
    expect(api.bodiesOf("/v1/transfers")).toEqual([
      { user: "alice", destination: "hackers", mode: "planned", reason: "why" },
    ]);
  });

  test("asks once, under a key with which a repetition does nothing", async () => {
    api.answer("POST /v1/transfers", transferOf());
    await clusters("move", "prod", "alice", "--no-wait");
    const [request] = api.received;
    expect(api.received).toHaveLength(1);
    expect(request?.idempotencyKey).toMatch(/^\S{16,}$/);
  });

  test("fails when the transfer is aborted, and says why", async () => {
    const transfer = transferOf();
    const outcome = "edge edge-1 of free did not answer within 30 s";
    api.answer("POST /v1/transfers", transfer);
    api.answer("GET /v1/transfers/:id", [
      { ...transfer, phase: "accepting" },
      { ...transfer, phase: "aborting", outcome },
      { ...transfer, phase: "aborted", outcome },
    ]);
    const { code, stdout, stderr } = await clusters("move", "prod", "alice");
    expect({ code, stdout }).toEqual({ code: 1, stdout: `alice still lives in free (transfer ${transfer.id})\n` });
    expect(stderr).toContain(`alice  aborted     the user still lives in free: ${outcome}\n`);
  });

  test("goes on watching while the store is away for a moment", async () => {
    const transfer = transferOf();
    api.answer("POST /v1/transfers", transfer);
    const away = new Problem("store-unavailable", "the store cannot be reached");
    api.answer("GET /v1/transfers/:id", [away, away, { ...transfer, phase: "settling" }]);
    const { code, stderr } = await clusters("move", "prod", "alice");
    expect(code).toBe(0);
    expect(stderr).toMatch(/alice {2}store-unavailable: the store cannot be reached \(request .*\); trying again\n/);
    expect(stderr).toContain("alice  the control API answers again\n");
  });

  test("does not wait with --no-wait", async () => {
    const transfer = transferOf();
    api.answer("POST /v1/transfers", transfer);
    const { code, stdout, stderr } = await clusters("move", "prod", "alice", "--emergency", "--no-wait", "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual(transfer);
    expect(api.bodiesOf("/v1/transfers")).toEqual([{ user: "alice", mode: "emergency", reason: "" }]);
  });
});

describe("status", () => {
  const answerAll = () => {
    api.answer("GET /v1/clusters", {
      items: [clusterOf(), clusterOf({ name: "hackers", lifecycle: "draining", headroom: 0 })],
    });
    api.answer("GET /v1/nodes", {
      items: [
        nodeOf(),
        nodeOf({ name: "edge-2", live: false, lag: 7 }),
        nodeOf({ name: "dns-0", kind: "dns", scope: "dns", cluster: undefined, lag: 1234 }),
      ],
    });
    api.answer("GET /v1/transfers", ({ url }: { url: string }) =>
      url.includes("phase=settling") ? { items: [transferOf({ phase: "settling" })], next: "more" } : { items: [] },
    );
    api.answer("GET /v1/evacuations", {
      items: [evacuationOf({ id: "0192f2c4-5a7e-7000-8000-000000000001", state: "paused", phases: { done: 400 } })],
    });
  };

  test("shows clusters, nodes that a transfer would wait for, transfers by phase and evacuations", async () => {
    answerAll();
    const { code, stdout, stderr } = await clusters("status", "prod");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(
      `cluster  lifecycle  users    arriving  of at most  headroom
free     active     150,000  12        200,000     49,988
hackers  draining   150,000  12        200,000     0

nodes of   known  live  most behind
dns        1      1     1,234
edge:free  2      1     7

nodes of   silent or behind          entries behind  last seen
edge:free  edge-2            silent  7               2026-11-23T03:00:00.000Z
dns        dns-0             live    1,234           2026-11-23T03:00:00.000Z

transfers in  users
settling      more than 1

evacuation                            of    state
0192f2c4-5a7e-7000-8000-000000000001  free  paused  400 of 1,200 moved, 0 under way
`,
    );
  });

  test("prints everything as JSON", async () => {
    answerAll();
    const { stdout } = await clusters("status", "prod", "--json");
    const status = JSON.parse(stdout) as { nodes: unknown[]; transfers: unknown[] };
    expect(status.nodes).toHaveLength(3);
    expect(status.transfers).toContainEqual({ phase: "settling", count: 1, more: true });
    expect(Object.keys(status)).toEqual(["clusters", "nodes", "transfers", "evacuations"]);
  });
});
