/** What goes on while the control API or its store is down. */
import { until } from "../../support/until";
import { CALLERS, ZONE } from "../support/api-replica";
import { DnsLoad } from "../support/dns-load";
import { System } from "../support/system";

jest.setTimeout(90_000);

let system: System;
beforeAll(async () => {
  system = await System.start();
  const platform = system.client("platform");
  await platform.createUser({ label: "ann", plan: "free" });
  await platform.createUser({ label: "bob", plan: "pro" });
  await system.settled();
});
afterAll(async () => {
  await system.stop();
});

/** A request as a caller sends it, for what a client does not show. */
async function send(role: keyof typeof CALLERS, path: string, body?: unknown): Promise<Response> {
  return await fetch(`${system.link.url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${await system.token(CALLERS[role])}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
}

function addresses(): string[] {
  return system.clusters.map(({ hostingAddress }) => hostingAddress);
}

describe("while the control API is down", () => {
  it("name servers answer, also one that starts from its disk, and visitors notice nothing", async () => {
    const { fleet, visitors, nameServers } = system;
    const [first, second] = nameServers;
    visitors.visit("ann");
    visitors.visit("bob");
    await until("containers running", () => ["ann", "bob"].every((user) => fleet.ledger.clustersOf(user).length === 1));
    await Promise.all(system.replicas.map((replica) => replica.kill()));
    const load = new DnsLoad(nameServers, [`app.ann.${ZONE}`, `app.bob.${ZONE}`], addresses());
    load.start();

    // All of the one's memory is gone.
    await Promise.all([first?.agent.kill(), first?.knot.kill()]);
    expect(await second?.ask("app.bob")).toMatchObject({ addresses: ["192.0.2.2"] });
    await first?.start();
    expect(await first?.ask("app.bob")).toMatchObject({ rcode: "NOERROR", addresses: ["192.0.2.2"] });
    expect(await first?.ask("app.ann")).toMatchObject({ rcode: "NOERROR", addresses: ["192.0.2.1"] });

    await Promise.all(system.replicas.map((replica) => replica.start()));
    await system.settled();
    await load.stop();
    await visitors.stop();
    expect(load.failures).toEqual([]);
    expect(load.answered).toBeGreaterThan(0);
    expect(fleet.ledger.failures()).toEqual([]);
  });
});

describe("while PostgreSQL is down", () => {
  it("resolving goes on and says how old its answers may be, and writes are refused and repeatable", async () => {
    const load = new DnsLoad(system.nameServers, [`app.ann.${ZONE}`, `app.bob.${ZONE}`], addresses());
    load.start();
    expect((await send("resolver", "/v1/resolve?user=bob")).headers.has("resolution-staleness")).toBe(false);
    await system.postgres.kill();

    const stale = await until("a staleness header", async () => {
      const response = await send("resolver", "/v1/resolve?user=bob");
      return response.headers.has("resolution-staleness") && response;
    });
    expect(stale.status).toBe(200);
    expect(await stale.json()).toMatchObject({ user: "bob", cluster: "pro" });
    const refused = await send("platform", "/v1/users", { label: "cid", plan: "pro" });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ type: "urn:failure-domains:problem:store-unavailable" });

    await system.postgres.restart(true);
    await until("writes again", async () => (await send("platform", "/v1/users", { label: "cid", plan: "pro" })).ok);
    await until(
      "fresh answers",
      async () => !(await send("resolver", "/v1/resolve?user=cid")).headers.has("resolution-staleness"),
    );
    await system.settled();
    expect(await system.publishedClusters("cid")).toEqual(["pro", "pro"]);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answered).toBeGreaterThan(0);
  });

  it("a transfer that was under way goes on when it is back", async () => {
    const [edge] = system.fleet.edgesOf("free");
    edge?.hold();
    const { id } = await system.client("operator").requestTransfer({ user: "ann", destination: "pro" });
    await system.reaches(id, "forwarding");
    await system.postgres.kill();
    edge?.release();
    await system.postgres.restart(true);
    await system.reaches(id, "done");
    expect(await system.publishedClusters("ann")).toEqual(["pro", "pro"]);
    expect(system.fleet.ledger.violations()).toEqual([]);
  });
});
