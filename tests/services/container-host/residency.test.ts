/** What a host does of what the feed and the control API say, with real apps. */
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { removeTempDirs } from "../../support/temp-dir";
import { until } from "../../support/until";
import { isRunning, servedBy, TestHost } from "./support/host";

jest.setTimeout(60_000);

let host: TestHost;
beforeEach(
  async () =>
    (host = await TestHost.start({ HELD_REQUESTS: "1000", HELD_REQUESTS_PER_USER: "600", HOLD_SECONDS: "20" })),
);
afterEach(async () => {
  await host.stop();
  removeTempDirs();
});

const starts = (user: string) => host.journal(user).filter(({ msg }) => msg === "app starting").length;
const held = (count: number) =>
  until(`${count} held`, async () => (await host.metric("held_requests")) === count, 5_000);

it("starts an app once for all who ask at first, and asks the control API once", async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => host.get("echo.alice")));
  expect(new Set(answers.map((answer) => servedBy(answer).startId)).size).toBe(1);
  expect(host.api.asked).toEqual(["alice"]);
  await host.settle("bob", "resident");
  expect((await host.get("echo.bob")).status).toBe(200);
  expect(host.api.asked).toEqual(["alice"]);
});

it("holds the requests of a user who arrives, bounded, starts nothing, and lets all proceed at once", async () => {
  await Promise.all(["alice", "bob"].map((user) => host.settle(user, "arriving")));
  const sendMany = (user: string) => Array.from({ length: 700 }, () => host.get(`echo.${user}`));
  const answers = [...sendMany("alice"), ...sendMany("bob")];
  await until("the bound", async () => (await host.metric("held_requests")) === 1000);
  const refused = (await host.metric('refused_requests_total{reason="too-many-held"}')) || 0;
  expect(host.journal()).toEqual([]);
  await until(
    "the refusals",
    async () => (await host.metric('refused_requests_total{reason="too-many-held"}')) === 400,
  );
  expect(refused).toBeLessThanOrEqual(400);
  host.api.tell("alice", "resident");
  host.api.tell("bob", "resident");
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect([statuses.filter((each) => each === 200).length, statuses.filter((each) => each === 503).length]).toEqual([
    1000, 400,
  ]);
  expect([starts("alice"), starts("bob")]).toEqual([1, 1]);
  expect(await host.metric("held_requests")).toBe(0);
});

it("lets requests in flight finish before it acknowledges that a user has left, cuts what takes too long, and ends streams of events", async () => {
  await host.settle("alice", "resident");
  const quick = host.get("slow.alice", "/?ms=1200");
  const endless = host.get("slow.alice", "/?ms=60000");
  const events = request(host.to("sse.alice")).end();
  const [stream] = (await once(events, "response")) as [IncomingMessage];
  await until("the requests", async () => (await host.metric("requests")) === 3);
  const leaving = host.settle("alice", "leaving");
  await until("its leaving", async () => (await host.get("echo.alice")).status === 503);
  stream.resume();
  await once(stream, "end");
  expect(isRunning(host.journal("alice").find(({ msg }) => msg === "app started")?.process)).toBe(true);
  expect((await quick).status).toBe(200);
  expect((await endless).status).toBe(502);
  await leaving;
  for (const { process } of host.journal("alice")) if (process !== undefined) expect(isRunning(process)).toBe(false);
});

it("serves what edges sent before they knew that a user leaves: by an app that runs, and by one that is just starting", async () => {
  await host.settle("alice", "resident");
  const early = host.get("slow.alice", "/?ms=1000");
  await until("the request", async () => (await host.metric("requests")) === 1);
  const waiting = host.get("echo.alice");
  await until("the start", () => starts("alice") === 2);
  const leaving = host.settle("alice", "leaving");
  await until("its leaving", () => host.journal("alice").some(({ msg }) => msg === "app stopping"));
  const late = await host.get("slow.alice", "/?ms=1");
  expect(late.status).toBe(200);
  expect(servedBy(late).startId).toBe(servedBy(await early).startId);
  expect((await waiting).status).toBe(200);
  // Nothing starts for those who come now.
  expect((await host.get("large.alice")).status).toBe(503);
  await leaving;
  for (const { process } of host.journal("alice")) if (process !== undefined) expect(isRunning(process)).toBe(false);
  expect(starts("alice")).toBe(2);
});

it("holds the requests of a user who has left, whom edges may know to come back, and starts nothing before it is told so, too", async () => {
  await host.settle("alice", "resident");
  await host.get("echo.alice");
  await host.settle("alice", "leaving");
  const early = [host.get("echo.alice"), host.get("slow.alice", "/?ms=1")];
  await held(2);
  await host.settle("alice", "arriving");
  const late = host.get("echo.alice");
  await held(3);
  expect(starts("alice")).toBe(1);
  host.api.tell("alice", "resident");
  expect((await Promise.all([...early, late])).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(starts("alice")).toBe(3);
});

it.each([
  { after: "it is told so again", says: "leaving" },
  { after: "it is told nothing more and asks", says: null },
] as const)("refuses what it holds of a user who has left for good: $after", async ({ says }) => {
  await host.settle("alice", "leaving");
  const late = host.get("echo.alice");
  await held(1);
  host.api.residency = () => "elsewhere";
  host.api.tell("alice", says);
  expect(await late).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
  expect(starts("alice")).toBe(0);
});

it("lets one user's leaving hold up nobody else's arrival", async () => {
  await Promise.all([host.settle("alice", "resident"), host.settle("bob", "arriving")]);
  const endless = host.get("slow.alice", "/?ms=60000");
  await until("the request", async () => (await host.metric("requests")) === 1);
  const leaving = host.settle("alice", "leaving");
  await until("its leaving", async () => (await host.get("echo.alice")).status === 503);
  host.api.tell("bob", "resident");
  expect((await host.get("echo.bob")).status).toBe(200);
  expect((await endless).status).toBe(502);
  await leaving;
});

it("kills an app that does not end when it is asked to, before it acknowledges", async () => {
  const { process: pid } = servedBy(await host.get("echo.alice"));
  process.kill(Number(pid), "SIGSTOP");
  await host.settle("alice", "leaving");
  expect(isRunning(pid)).toBe(false);
});

it("refuses the requests that wait when their user does not arrive after all", async () => {
  await host.settle("alice", "arriving");
  const held = host.get("echo.alice");
  await until("the request", async () => (await host.metric("held_requests")) === 1);
  host.api.tell("alice", "leaving");
  expect(await held).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
  expect(starts("alice")).toBe(0);
});

it("stops what runs of a user who arrives anew before it acknowledges", async () => {
  const { process } = servedBy(await host.get("echo.alice"));
  await host.settle("alice", "arriving");
  expect(isRunning(process)).toBe(false);
});

it("starts nothing of a user who lives elsewhere, or does not exist", async () => {
  host.api.residency = (user) => (user === "alice" ? "elsewhere" : "unknown");
  expect(await host.get("echo.alice")).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
  expect((await host.get("echo.nobody")).status).toBe(404);
  expect(host.journal()).toEqual([]);
});

it("asks again when an entry is deleted, and stops the app if the answer is no", async () => {
  await host.settle("alice", "resident");
  const { process } = servedBy(await host.get("echo.alice"));
  host.api.residency = () => "elsewhere";
  await host.settle("alice", null);
  await until("its end", () => !isRunning(process));
  expect(host.api.asked).toEqual(["alice"]);
});

it("starts apps without the control API, and has them confirmed when it is back", async () => {
  host.api.residency = () => "away";
  const { process } = servedBy(await host.get("echo.alice"));
  const { process: other } = servedBy(await host.get("echo.bob"));
  expect(await host.metric("unconfirmed_users")).toBe(2);
  host.api.residency = (user) => (user === "alice" ? "elsewhere" : "resident");
  await until("the end of the one", () => !isRunning(process));
  await until("the other's confirmation", async () => (await host.metric("unconfirmed_users")) === 0);
  expect(isRunning(other)).toBe(true);
});

it("does not start by an answer that is older than the feed's word", async () => {
  let answer: (verdict: "resident") => void = () => undefined;
  host.api.residency = () => new Promise((resolve) => (answer = resolve));
  const asking = host.get("echo.alice");
  await until("the question", () => host.api.asked.length === 1);
  await host.settle("alice", "arriving");
  answer("resident");
  await until("its waiting", async () => (await host.metric("held_requests")) === 1);
  expect(starts("alice")).toBe(0);
  host.api.tell("alice", "resident");
  expect((await asking).status).toBe(200);
});
