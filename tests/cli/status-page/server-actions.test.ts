/** What can be done on the page, over real HTTP. */
import { randomUUID } from "node:crypto";
import { ServiceError } from "../../../cli/control-api/failure";
import type { Snapshot } from "../../../cli/status-page/snapshot";
import { until } from "../../support/until";
import type { FakeApi } from "./support/fake-api";
import { ask, ServedPage } from "./support/served-page";

const AWAY = new ServiceError("the control API cannot be asked: connection refused", true);

let served: ServedPage;
let api: FakeApi;
beforeEach(async () => {
  served = await ServedPage.start();
  ({ api } = served);
});
afterEach(() => served.stop());

describe("a change", () => {
  const move = () => ({ user: "alice", destination: "free2", mode: "planned", reason: "why", key: randomUUID() });

  test.each([
    ["names another origin", { origin: "https://evil.example" }],
    ["names another port", { origin: "http://127.0.0.1:1" }],
    ["names none", { origin: "null" }],
    ["comes from another site", { "sec-fetch-site": "cross-site" }],
    ["is sent as a form", { "content-type": "text/plain" }],
  ])("that %s is refused, with the token and all", async (_, headers) => {
    const { status } = await served.post("move", move(), headers);
    expect(status).toBe(403);
    expect(api.writes).toEqual([]);
  });

  test("without an origin is refused", async () => {
    const { status } = await ask(`${served.url}move`, { "content-type": "application/json" }, "POST", move());
    expect(status).toBe(403);
  });

  test("that is not understood names what is wrong", async () => {
    const { status, answer } = await served.post("move", { ...move(), mode: "soon", more: 1 });
    expect(status).toBe(400);
    expect(answer.error).toMatch(/mode/);
    expect((await served.post("evacuation", { source: "free" })).status).toBe(400);
    expect(api.writes).toEqual([]);
  });

  test("larger than anything people type is refused", async () => {
    expect((await served.post("move", { ...move(), reason: "x".repeat(100_000) })).status).toBe(413);
  });
});

describe("a move", () => {
  test("is told before it is asked for", async () => {
    const { status, answer } = await served.post("move/plan", {
      user: " alice ",
      destination: "free2",
      mode: "planned",
    });
    expect(status).toBe(200);
    expect(answer).toMatchObject({ user: "alice", source: "free", destination: "free2", refusal: "" });
    expect(api.writes).toEqual([]);
  });

  test.each([
    [{ user: "nobody" }, 409, /unknown-user/],
    [{ user: "alice", destination: "free" }, 400, /lives in free already/],
  ])("that cannot be is refused: %j", async (wish, status, message) => {
    const reply = await served.post("move/plan", wish);
    expect(reply.status).toBe(status);
    expect(reply.answer.error).toMatch(message);
  });

  test("is asked for once however often it is sent, and followed to its end", async () => {
    const client = await served.events();
    const body = { user: "alice", destination: "free2", mode: "planned", reason: "why", key: randomUUID() };
    const [first, again] = [await served.post("move", body), await served.post("move", body)];
    expect(again).toEqual(first);
    expect(api.writes.map(({ operation, idempotencyKey }) => [operation, idempotencyKey])).toEqual([
      ["requestTransfer", body.key],
      ["requestTransfer", body.key],
    ]);
    expect(api.transfers).toHaveLength(1);
    const { moves } = await client.message<Snapshot>("picture", (snapshot) => snapshot.moves[0]?.ended === true);
    expect(moves).toEqual([expect.objectContaining({ user: "alice", phase: "settling", level: "good" })]);
  });

  test("whose transfer is gone is not followed any more", async () => {
    api.held = true;
    const client = await served.events();
    await served.post("move", { user: "alice", destination: "free2", mode: "planned", reason: "", key: randomUUID() });
    await client.message<Snapshot>("picture", ({ moves }) => moves.length === 1);
    api.transfers = [];
    const { length } = client.messages;
    await until("it is forgotten", () =>
      client.messages
        .slice(length)
        .some(({ event, data }) => event === "picture" && (data as Snapshot).moves.length === 0),
    );
  });

  test("that the control API cannot take now may be tried again", async () => {
    api.failure = AWAY;
    const { status, answer } = await served.post("move/plan", { user: "alice" });
    expect({ status, answer }).toEqual({ status: 503, answer: { error: AWAY.message } });
  });
});

describe("an evacuation", () => {
  const wish = { source: "free", share: 0.2, destinations: ["free2"], mode: "planned", rate: 10, concurrency: 50 };

  test("is told before it is begun, and begun as it was told", async () => {
    const { answer: plan } = await served.post("evacuation/plan", wish);
    expect(plan).toMatchObject({ total: 30, request: wish });
    const key = randomUUID();
    const { status } = await served.post("evacuation", {
      ...(plan.request as object),
      reason: "hot",
      confirmation: "free",
      key,
    });
    expect(status).toBe(200);
    expect(api.writes).toEqual([
      { operation: "startEvacuation", body: { ...wish, reason: "hot" }, idempotencyKey: key },
    ]);
  });

  test("of a number of users is one of the share that they are", async () => {
    const { source, mode, rate, concurrency } = wish;
    const whole = { source, mode, rate, concurrency };
    expect((await served.post("evacuation/plan", { ...whole, users: 30 })).answer).toMatchObject({
      request: { share: 0.2 },
    });
    expect((await served.post("evacuation/plan", { ...whole, users: 10_000 })).answer).toMatchObject({
      request: { share: 1 },
    });
  });

  test.each(["", "Free", "free2"])("is not begun where the cluster's name was not typed: %j", async (confirmation) => {
    const { status, answer } = await served.post("evacuation", {
      ...wish,
      reason: "",
      confirmation,
      key: randomUUID(),
    });
    expect({ status, error: answer.error }).toEqual({
      status: 400,
      error: "type the cluster's name, free, to confirm",
    });
    expect(api.writes).toEqual([]);
  });

  test("is paused, resumed and given up", async () => {
    const { answer } = await served.post("evacuation", {
      ...wish,
      reason: "",
      confirmation: "free",
      key: randomUUID(),
    });
    for (const [command, state] of [
      ["pause", "paused"],
      ["resume", "running"],
      ["abort", "aborting"],
    ]) {
      const reply = await served.post(`evacuations/${String(answer.id)}/${command}`, { key: randomUUID() });
      expect(reply).toEqual({ status: 200, answer: { state } });
    }
    expect((await served.post(`evacuations/${randomUUID()}/pause`, { key: randomUUID() })).status).toBe(409);
  });
});
