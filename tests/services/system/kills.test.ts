/** A part of the kill table; `make kill-table` prints all of it. */
import { until } from "../../support/until";
import { System } from "../support/system";
import { killDuring } from "./kills/kill";
import type { PausablePhase } from "./kills/pauses";
import { processesByVictim, VICTIMS, type Victim } from "./kills/victims";

jest.setTimeout(90_000);

const KILLS: readonly [Victim, PausablePhase][] = [
  ["PostgreSQL", "forwarding"],
  ["control API", "stopping"],
  ["node agent", "publishing"],
  ["Knot", "publishing"],
];

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterAll(async () => {
  await system.stop();
});

describe("a transfer during which something is killed", () => {
  it.each(KILLS)("goes on by its rules and unnoticed by visitors: %s, in %s", async (victim, phase) => {
    const user = `${victim.toLowerCase().replaceAll(" ", "-")}-${phase}`;
    const { faults, requests } = await killDuring(system, victim, phase, user);
    expect(faults).toEqual([]);
    expect(requests).toBeGreaterThan(0);
  });

  it("is not as promised when a cluster runs the user's containers that must not", async () => {
    const rogue = async () => {
      await until("ann's containers running", () => system.fleet.ledger.clustersOf("ann").length > 0);
      system.fleet.ledger.started("ann", "reserve", "rogue");
    };
    const [{ outcome, faults }] = await Promise.all([killDuring(system, "control API", "aborting", "ann"), rogue()]);
    expect(outcome).toBe("aborted");
    expect(faults).toEqual([
      "I4: where the user's containers were started is free,reserve and should be free",
      "I1: ann starts in reserve/rogue and runs in free/free-host-1",
    ]);
  });
});

describe("what is killed", () => {
  it("is a process each", () => {
    const programs = processesByVictim(system).map((line) => line.replace(/\d+/, "n"));
    expect(programs).toEqual(
      ["n (node)", "n (node)", "n (knotd)", "n (postgres)"].map((text, index) => `${VICTIMS[index]}: process ${text}`),
    );
  });
});
