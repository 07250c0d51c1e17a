/** An edge's agent or its HAProxy crashes while users move: nobody is served in the wrong cluster, and nothing is lost that HAProxy had taken. */
import { ZONE } from "../support/api-replica";
import { until } from "../../support/until";
import { Environment, START_MS } from "./support/environment";
import { HttpLoad } from "./support/http-load";
import { clusterOf, review } from "./support/review";
import { underLoad } from "./support/under-load";

jest.setTimeout(60_000);

let environment: Environment;
beforeAll(async () => {
  environment = await Environment.start({ clusters: ["free", "pro"] });
}, START_MS);
afterAll(async () => {
  await environment.stop();
});

it.each([
  { victim: "free", user: "ann", phase: "forwarding" },
  { victim: "pro", user: "bob", phase: "accepting" },
] as const)(
  "waits for the agent of $victim, killed in $phase, while its HAProxy serves on",
  async ({ victim, user, phase }) => {
    await environment.createUser(user);
    const { edge } = environment.cluster(victim);
    const visited = await underLoad(environment, user, 1, async () => {
      // It stands still first, so that the transfer gets as far as to wait for it.
      edge.signal("SIGSTOP");
      const { id } = await environment.system.client("operator").requestTransfer({ user, destination: "pro" });
      await environment.system.reaches(id, phase);
      await edge.kill();
      await edge.start();
      await environment.system.reaches(id, "settling");
    });
    expect(visited.failed).toEqual([]);
    expect([...visited.overlapping, ...visited.unaccounted, ...visited.refusals]).toEqual([]);
    expect(visited.sessions.map(({ servedBy }) => clusterOf(servedBy))).toEqual(["free", "pro"]);
  },
);

it.each([
  { killed: "HAProxy", agentToo: false, user: "cat" },
  { killed: "HAProxy and its agent", agentToo: true, user: "dan" },
])("has tombstones in force before the first answer after $killed crashed", async ({ agentToo, user }) => {
  await environment.createUser(user);
  const endpoint = await environment.lookUp(user);
  await environment.move(user, "pro");
  const { edge } = environment.cluster("free");
  const load = new HttpLoad({ endpoint, host: `echo.${user}.${ZONE}`, perSecond: 100 });
  try {
    await until("an answer", () => load.visits.some(({ status }) => status === 200));
    if (agentToo) await edge.kill();
    await edge.killHaproxy();
    const killedAt = load.visits.length;
    if (agentToo) await edge.start();
    await until("answers again", () => load.visits.slice(killedAt).filter(({ status }) => status === 200).length > 50);
  } finally {
    await load.stop();
  }
  // Who asks while nobody listens is not answered; whoever is answered was sent on.
  const answered = load.visits.filter(({ status }) => status !== undefined);
  expect(answered.filter(({ status, servedBy }) => status !== 200 || clusterOf(servedBy) !== "pro")).toEqual([]);
  const runs = environment.appRuns().filter((run) => run.user === user);
  expect(review(answered, runs)).toMatchObject({ failed: [], overlapping: [], unaccounted: [], clusters: ["pro"] });
});
