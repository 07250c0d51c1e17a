/** Two replicas of the control API on one store. */
import { until } from "../../support/until";
import { System } from "../support/system";

jest.setTimeout(90_000);

const USERS = Array.from({ length: 24 }, (_, index) => `r${index}`);

let system: System;
beforeAll(async () => {
  system = await System.start({ replicas: 2, edges: 2, hosts: 2 });
});
afterAll(async () => {
  await system.stop();
});

describe("two replicas", () => {
  it("show each other's writes", async () => {
    const [one, other] = system.replicas;
    await system.client("platform", one).createUser({ label: "ann", plan: "free" });
    await until("the other replica's memory", () =>
      system
        .client("resolver", other)
        .resolve({ user: "ann" })
        .then(
          ({ cluster }) => cluster === "free",
          () => false,
        ),
    );
    expect(await system.client("platform", other).getUser("ann")).toMatchObject({ home: "free" });
  });

  it("finish every transfer once, though one after the other is killed and comes back", async () => {
    const { fleet, visitors } = system;
    const platform = system.client("platform");
    for (const label of USERS) await platform.createUser({ label, plan: "free" });
    for (const user of USERS) visitors.visit(user);
    await until("containers running", () => USERS.every((user) => fleet.ledger.clustersOf(user).length > 0));
    const operator = system.client("operator");
    const { id: evacuation = "" } = await operator.startEvacuation({
      source: "free",
      users: USERS,
      destinations: ["pro"],
      rate: 8,
    });
    for (const replica of system.replicas) {
      const before = await underWay(evacuation);
      await replica.kill();
      await until("transfers going on without it", async () => (await underWay(evacuation)) !== before);
      await replica.start();
    }
    await until(
      "all transfers done",
      async () => (await operator.getEvacuation(evacuation)).phases.done === USERS.length,
    );
    await system.settled();
    await visitors.stop();
    const { items } = await operator.listTransfers({ evacuation, limit: 1000 });
    expect(items.map(({ user }) => user).sort()).toEqual([...USERS].sort());
    for (const user of USERS) expect(new Set(fleet.ledger.startsOf(user))).toEqual(new Set(["free", "pro"]));
    expect(fleet.ledger.violations()).toEqual([]);
    expect(fleet.ledger.failures()).toEqual([]);
  });
});

/** Transfers by phase, as one text: another text, and something has happened. */
async function underWay(evacuation: string): Promise<string> {
  return await until("a replica that answers", () =>
    system
      .client("operator")
      .getEvacuation(evacuation)
      .then(
        ({ phases }) => JSON.stringify(phases),
        () => undefined,
      ),
  );
}
