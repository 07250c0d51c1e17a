/** How long requests wait, without anybody's waiting so long. */
import { Admission } from "../../../services/container-host/admission";
import type { AppPool } from "../../../services/container-host/pool/pool";
import type { Residents } from "../../../services/container-host/residency/residents";
import { WaitingRoom } from "../../../services/container-host/waiting";

const APP = { user: "alice", app: "echo" };

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** The way to a host that knows a user as leaving, of whom something still runs or nothing. */
function admission(holdMs: number, runs: boolean) {
  const room = new WaitingRoom({ perUser: 10, inAll: 10 });
  let listeners = 0;
  const residents = {
    permission: () => "leaving",
    onChange: () => (listeners++, () => listeners--),
  } as unknown as Residents;
  const pool = { has: () => runs, acquireLast: () => undefined } as unknown as AppPool;
  const admit = () =>
    new Admission({ residents, pool, room, holdMs, stage: () => "serving" }).admit(APP, new AbortController().signal);
  return { room, admit, listeners: () => listeners };
}

it("for a user who leaves it is 15 seconds, after which a host's feed is lost if it has not told of their return", async () => {
  const { room, admit, listeners } = admission(120_000, false);
  const refused = expect(admit()).rejects.toMatchObject({ reason: "leaving", retryAfterSeconds: 1 });
  await jest.advanceTimersByTimeAsync(14_000);
  expect([room.size, listeners()]).toEqual([1, 1]);
  await jest.advanceTimersByTimeAsync(1_000);
  await refused;
  expect([room.size, listeners(), jest.getTimerCount()]).toEqual([0, 0, 0]);
});

it("for a user of whom something still runs it is not at all", async () => {
  const { room, admit } = admission(120_000, true);
  await expect(admit()).rejects.toMatchObject({ reason: "leaving" });
  expect(room.size).toBe(0);
});

it("for anybody it is the host's bound", async () => {
  jest.useRealTimers();
  const { admit, listeners } = admission(50, false);
  await expect(admit()).rejects.toMatchObject({ reason: "held-too-long", retryAfterSeconds: 1 });
  expect(listeners()).toBe(0);
});
