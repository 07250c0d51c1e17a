/** The host as a process: its end, its killing, its restart, and the bounds of what it runs. */
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { removeTempDirs } from "../../support/temp-dir";
import { until } from "../../support/until";
import { isRunning, servedBy, TestHost } from "./support/host";

jest.setTimeout(60_000);

let host: TestHost;
afterEach(async () => {
  await host.stop();
  removeTempDirs();
});

it("takes its apps with it when it is killed, and the next one trusts its disk only once the feed has spoken", async () => {
  host = await TestHost.start();
  await host.settle("alice", "resident");
  const apps = ["echo.alice", "ws.alice", "large.bob"];
  const pids = (await Promise.all(apps.map((app) => host.get(app)))).map((answer) => servedBy(answer).process);
  expect(pids.every(isRunning)).toBe(true);
  await host.child.kill();
  await until("the apps' end", () => !pids.some(isRunning), 5_000);
  // Alice moves while the host is down and nobody waits for it; all that it has is an entry of old.
  host.api.residency = () => "elsewhere";
  const left = host.api.tell("alice", "leaving");
  await host.child.start();
  const asked = host.get("echo.alice");
  await until("the feed's word", () => host.api.applied >= left);
  host.api.tell("alice", null);
  expect((await asked).status).toBe(503);
  expect(host.journal("alice").filter(({ msg }) => msg === "app starting")).toHaveLength(2);
});

it("says that it stops, lets requests finish, stops its apps, leaves the feed and exits", async () => {
  host = await TestHost.start({ NOTICE_SECONDS: "1", DRAIN_SECONDS: "5" });
  const sent = request(host.to("slow.alice", { path: "/?ms=2500" })).end();
  const answered = once(sent, "response") as Promise<[IncomingMessage]>;
  await until("the app", async () => (await host.metric("requests")) === 1);
  const stopped = host.child.stop();
  const health = () =>
    fetch(`http://127.0.0.1:${host.healthPort}/healthz`).then(
      ({ status }) => status,
      () => 0,
    );
  await until("its notice", async () => (await health()) === 503);
  expect((await host.get("echo.bob")).status).toBe(200);
  await until("its refusal", async () => (await host.get("echo.bob")).status === 503);
  const [answer] = await answered;
  expect([answer.statusCode, await text(answer)]).toEqual([200, "waited 2500 ms\n"]);
  expect(await stopped).toBe(0);
  const pids = host.journal().flatMap(({ process }) => process ?? []);
  expect(pids).toHaveLength(2);
  expect(pids.some(isRunning)).toBe(false);
  expect(host.api.acknowledged.at(-1)).toMatchObject({ leaving: true });
});

it("stops apps that nobody wants, makes room for others, and refuses what does not fit", async () => {
  host = await TestHost.start({ MAX_APPS: "2", MAX_APPS_PER_USER: "1", IDLE_SECONDS: "3" });
  const first = servedBy(await host.get("echo.alice"));
  await host.get("slow.alice", "/?ms=1");
  expect(isRunning(first.process)).toBe(false);
  const busy = [host.get("slow.bob", "/?ms=1500"), host.get("slow.carol", "/?ms=1500")];
  await until("the requests", async () => (await host.metric("requests")) === 2);
  expect(await host.get("echo.dave")).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
  await Promise.all(busy);
  expect((await host.get("echo.dave")).status).toBe(200);
  await until("idleness", async () => (await host.metric("apps")) === 0, 10_000);
});

it("serves from what it has when the control plane is away at its start", async () => {
  host = await TestHost.start();
  await host.settle("alice", "arriving");
  await host.settle("bob", "resident");
  await host.child.stop();
  await host.api.stop();
  await host.child.start();
  expect((await host.get("echo.bob")).status).toBe(200);
  expect((await host.get("echo.carol")).status).toBe(200);
  const held = host.get("echo.alice").catch(() => undefined);
  await until("the request", async () => (await host.metric("held_requests")) === 1);
  await host.child.kill();
  await held;
});
