/** What users, visitors and operators see of the resolution service when nothing fails. */
import { kdig } from "../support/kdig";
import { PublicDns } from "../support/public-dns";
import { System } from "../support/system";
import { ZONE } from "../support/api-replica";
import { until } from "../../support/until";

jest.setTimeout(90_000);

const EVACUATED = 500;

let system: System;
let publicDns: PublicDns;
beforeAll(async () => {
  publicDns = await PublicDns.start();
  system = await System.start({ domainResolver: publicDns.host });
});
afterAll(async () => {
  await system.stop();
  await publicDns.stop();
});

function addressOf(cluster: string): string {
  return system.clusters.find(({ name }) => name === cluster)?.hostingAddress ?? "";
}

describe("a user", () => {
  it("is resolved alike by the control API and by every name server, from creation on", async () => {
    const created = await system.client("platform").createUser({ label: "Ann", plan: "free" });
    expect(created).toMatchObject({ label: "ann", home: "free", pinned: false });
    const resolution = await system.client("resolver").resolve({ host: `app.ann.${ZONE}` });
    expect(resolution).toMatchObject({ user: "ann", cluster: "free", hosting: { ipv4: addressOf("free") } });
    for (const server of system.nameServers) {
      expect((await kdig(server, `app.ann.${ZONE}`)).at(-1)).toBe(addressOf("free"));
    }
    expect(await system.fleet.request("free", "ann")).toMatchObject({ outcome: "served", path: ["free"] });
  });

  it("who lives elsewhere than the default cluster has a record of their own on every name server", async () => {
    await system.client("platform").createUser({ label: "bob", plan: "pro" });
    await system.settled();
    for (const server of system.nameServers) {
      for (const name of [`bob.${ZONE}`, `app.bob.${ZONE}`, `deep.app.bob.${ZONE}`]) {
        expect(await kdig(server, name)).toEqual([`pro.clusters.${ZONE}.`, addressOf("pro")]);
      }
    }
  });
});

describe("a transfer", () => {
  it("changes every name server's answer, has old answers forwarded, and is forgotten once they have died out", async () => {
    const { fleet, visitors } = system;
    await system.client("platform").createUser({ label: "mia", plan: "free" });
    visitors.visit("mia");
    await until("mia's containers running", () => fleet.ledger.clustersOf("mia").length === 1);
    const { id } = await system.client("operator").requestTransfer({ user: "mia", destination: "pro" });
    await system.reaches(id, "settling");
    expect(await system.publishedClusters("mia")).toEqual(["pro", "pro"]);
    expect(fleet.ledger.clustersOf("mia")).toEqual(["pro"]);
    expect(await fleet.request("free", "mia")).toMatchObject({ outcome: "served", path: ["free", "pro"] });
    const { items } = await system.client("operator").listTombstones({ user: "mia" });
    expect(items).toMatchObject([{ user: "mia", holder: "free", destination: "pro" }]);

    await system.reaches(id, "done");
    await system.settled();
    expect(fleet.edgesOf("free").map((edge) => edge.destinationOf("mia"))).toEqual([undefined]);
    expect([...fleet.hostsOf("free"), ...fleet.hostsOf("pro")].map((host) => host.residencyOf("mia"))).toEqual([
      undefined,
      undefined,
    ]);
    expect((await system.client("operator").listTombstones({ user: "mia" })).items).toEqual([]);
    await visitors.stop();
    expect(fleet.ledger.failures("mia")).toEqual([]);
    expect(visitors.unanswered).toEqual([]);
  });

  it("on and back again sends those with the oldest answers to the right place in one step", async () => {
    const { fleet, visitors } = system;
    const operator = system.client("operator");
    await system.client("platform").createUser({ label: "zoe", plan: "free" });
    visitors.visit("zoe");
    await until("zoe's containers running", () => fleet.ledger.clustersOf("zoe").length === 1);
    const first = await operator.requestTransfer({ user: "zoe", destination: "pro" });
    await system.reaches(first.id, "settling");
    const second = await operator.requestTransfer({ user: "zoe", destination: "reserve" });
    await system.reaches(second.id, "settling");
    expect(await fleet.request("free", "zoe")).toMatchObject({ outcome: "served", path: ["free", "reserve"] });
    expect(await operator.getTransfer(first.id)).toMatchObject({ phase: "superseded" });
    const back = await operator.requestTransfer({ user: "zoe", destination: "free" });
    await system.reaches(back.id, "settling");
    expect(await fleet.request("pro", "zoe")).toMatchObject({ outcome: "served", path: ["pro", "free"] });
    await system.reaches(back.id, "done");
    await visitors.stop();
    expect(fleet.ledger.startsOf("zoe")).toEqual(["free", "pro", "reserve", "free"]);
    expect(fleet.ledger.failures("zoe")).toEqual([]);
  });

  it("back to where the user came from refuses nobody whose request comes before the hosts there have heard of it", async () => {
    const { fleet } = system;
    const operator = system.client("operator");
    await system.client("platform").createUser({ label: "ida", plan: "free" });
    expect(await fleet.request("free", "ida")).toMatchObject({ outcome: "served" });
    await system.reaches((await operator.requestTransfer({ user: "ida", destination: "pro" })).id, "settling");
    const [[edge], [host]] = [fleet.edgesOf("free"), fleet.hostsOf("free")];
    host?.hold();
    const back = await operator.requestTransfer({ user: "ida", destination: "free" });
    await until("an edge that has heard of it", () => edge?.destinationOf("ida") === undefined);
    expect(host?.residencyOf("ida")).toBe("leaving");
    const request = fleet.request("free", "ida");
    host?.release();
    await system.reaches(back.id, "settling", "done");
    expect(await request).toMatchObject({ outcome: "served", path: ["free"] });
    expect(fleet.ledger.startsOf("ida")).toEqual(["free", "free"]);
  });

  it("follows a change of plan", async () => {
    const platform = system.client("platform");
    await platform.createUser({ label: "eve", plan: "free" });
    const { transfer } = await platform.changePlan("eve", { plan: "pro" });
    expect(transfer).toMatchObject({ user: "eve", source: "free", destination: "pro" });
    await system.reaches(transfer?.id ?? "", "settling", "done");
    expect(await system.publishedClusters("eve")).toEqual(["pro", "pro"]);
  });
});

describe("a custom domain", () => {
  it("is resolved and known to the edges of the user's cluster once its owner has proven it, and moves with the user", async () => {
    const platform = system.client("platform");
    await platform.createUser({ label: "dan", plan: "free" });
    const host = `shop.dan.${ZONE}`;
    await platform.claimDomain("dan", { name: "www.dan.example.net", host });
    publicDns.cname("www.dan.example.net", host);
    expect(await platform.verifyDomain("dan", "www.dan.example.net")).toMatchObject({ verified: true });
    expect(await system.client("resolver").resolve({ domain: "www.dan.example.net" })).toMatchObject({ user: "dan" });
    const known = (cluster: string) =>
      system.fleet.edgesOf(cluster).map((edge) => edge.hostOfDomain("www.dan.example.net"));
    await system.settled();
    expect([known("free"), known("pro")]).toEqual([[host], [undefined]]);
    const { id } = await system.client("operator").requestTransfer({ user: "dan", destination: "pro" });
    await system.reaches(id, "done");
    await system.settled();
    expect([known("free"), known("pro")]).toEqual([[undefined], [host]]);
  });
});

describe("an evacuation", () => {
  it(`moves ${EVACUATED} users, of whom some are visited all the while, and leaves nothing behind`, async () => {
    const { fleet, visitors, nameServers } = system;
    const operator = system.client("operator");
    const users = Array.from({ length: EVACUATED }, (_, index) => `e${index}`);
    await inParallel(users, 16, async (label) => {
      await system.client("platform").createUser({ label, plan: "pro", cluster: "reserve" });
    });
    // Name servers hear of a user a moment after the caller does; until then the wildcard answers for them.
    await system.settled();
    const visited = users.slice(0, 20);
    for (const user of visited) visitors.visit(user);
    await until("containers running", () => visited.every((user) => fleet.ledger.clustersOf(user).length === 1));

    const request = { source: "reserve", destinations: ["pro"], rate: 1000 };
    expect(await operator.startEvacuation({ ...request, dryRun: true })).toMatchObject({
      state: "dry-run",
      total: EVACUATED,
      destinations: { pro: EVACUATED },
    });
    const { id = "" } = await operator.startEvacuation(request);
    const ended = await until("the evacuation's end", async () => {
      const evacuation = await operator.getEvacuation(id);
      return evacuation.state === "done" && evacuation.phases.done === EVACUATED && evacuation;
    });
    expect(ended).toMatchObject({ total: EVACUATED, refused: {}, phases: { done: EVACUATED } });
    await visitors.stop();

    await system.settled();
    for (const server of nameServers) {
      const answers = new Set<string>();
      await inParallel(users, 16, async (user) => {
        for (const address of (await server.ask(`app.${user}`)).addresses) answers.add(address);
      });
      expect(answers).toEqual(new Set([addressOf("pro")]));
    }
    expect(fleet.edges.flatMap((edge) => edge.tombstones()).filter((user) => users.includes(user))).toEqual([]);
    expect(visited.flatMap((user) => fleet.ledger.failures(user))).toEqual([]);
    const { items: clusters } = await operator.listClusters();
    expect(clusters.find(({ name }) => name === "reserve")).toMatchObject({ users: 0, arriving: 0 });
  });
});

describe("all that happened", () => {
  it("broke no invariant", () => {
    expect(system.fleet.ledger.violations()).toEqual([]);
    expect(system.fleet.ledger.requests.length).toBeGreaterThan(EVACUATED);
  });

  it("ends with processes that stop when they are asked to", async () => {
    expect(await Promise.all(system.replicas.map((replica) => replica.stop()))).toEqual([0]);
    expect(await Promise.all(system.nameServers.map(({ agent }) => agent.stop()))).toEqual([0, 0]);
  });
});

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async () => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
