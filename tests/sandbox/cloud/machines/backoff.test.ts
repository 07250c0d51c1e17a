import { Backoff } from "../../../../sandbox/cloud/machines/backoff";

const MINUTE = 60_000;

describe("the wait before a container is started again", () => {
  it("is always the same on a VM", () => {
    const backoff = new Backoff("vm", 2);
    expect([backoff.next(0), backoff.next(0), backoff.next(20 * MINUTE)]).toEqual([2_000, 2_000, 2_000]);
  });

  it("doubles in a pod, up to five minutes", () => {
    const backoff = new Backoff("pod", 10);
    const waits = Array.from({ length: 7 }, () => backoff.next(1_000) / 1000);
    expect(waits).toEqual([10, 20, 40, 80, 160, 300, 300]);
  });

  it("begins anew after ten minutes of running, and when the machine is a new one", () => {
    const backoff = new Backoff("pod", 10);
    backoff.next(0);
    expect(backoff.next(9 * MINUTE)).toBe(20_000);
    expect(backoff.next(10 * MINUTE)).toBe(10_000);
    backoff.next(0);
    backoff.reset();
    expect(backoff.next(0)).toBe(10_000);
  });

  it("is never none", () => {
    expect(new Backoff("pod", 0).next(0)).toBe(100);
    expect(new Backoff("vm", 0).next(0)).toBe(100);
  });
});
