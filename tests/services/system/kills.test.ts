/** A part of the kill table; `make kill-table` prints all of it. */
import { System } from "../support/system";
import { killDuring } from "./kills/kill";
import type { PausablePhase } from "./kills/pauses";
import type { Victim } from "./kills/victims";

jest.setTimeout(90_000);

const KILLS: readonly [Victim, PausablePhase][] = [
  ["PostgreSQL", "forwarding"],
  ["control API", "stopping"],
  ["node agent", "publishing"],
  ["Knot", "publishing"],
  ["control API", "aborting"],
];

let system: System;
beforeAll(async () => {
  system = await System.start({ timings: { QUIET_SECONDS: 3 } });
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
});
