import { LiveLines, type ProgressStream } from "../../cli/live-lines";
import { EvacuationProgress } from "../../cli/control-api/evacuation-progress";
import { bar, hasEnded, progressText } from "../../cli/control-api/evacuation-view";
import { Speed } from "../../cli/control-api/speed";
import { phasesSince, waitingFor } from "../../cli/control-api/transfer-view";
import { evacuationOf, transferOf } from "./samples";

class Collector implements ProgressStream {
  text = "";
  constructor(
    readonly isTTY: boolean,
    readonly columns = 120,
  ) {}
  write(text: string): void {
    this.text += text;
  }
}

describe("the progress of an evacuation", () => {
  const running = evacuationOf({ phases: { requested: 500, stopping: 100, settling: 590, aborted: 10 } });

  test("counts who has moved, who is under way and who is not moved, and says how long the rest takes", () => {
    expect(progressText(running, 60)).toBe(
      "590 of 1,200 moved, 100 under way, 500 waiting, 10 not moved, 60/s, 10.0 s left",
    );
  });

  test("promises nothing while nothing moves, or while it is paused", () => {
    expect(progressText(running, 0)).toBe("590 of 1,200 moved, 100 under way, 500 waiting, 10 not moved");
    expect(progressText({ ...running, state: "paused" }, 60)).toBe(
      "590 of 1,200 moved, 100 under way, 500 waiting, 10 not moved, paused",
    );
  });

  test("is a bar of those who have moved or stay", () => {
    expect(bar(running)).toBe(`[${"#".repeat(15)}${".".repeat(15)}]`);
    expect(bar(evacuationOf({ total: 0 }))).toBe(`[${"#".repeat(30)}]`);
  });

  test.each([
    ["running", { requested: 1 }, false],
    ["running", { aborting: 1 }, false],
    ["paused", { requested: 1 }, false],
    ["running", { settling: 1190, aborted: 10 }, true],
    ["aborting", { settling: 1 }, false],
    ["aborted", { aborted: 1 }, true],
    ["done", { done: 1 }, true],
  ] as const)("has ended or not: %s with %j", (state, phases, ended) => {
    expect(hasEnded(evacuationOf({ state, phases }))).toBe(ended);
  });

  test("is measured over the last half minute", () => {
    const speed = new Speed();
    expect(speed.perSecond).toBeUndefined();
    speed.add(0, 0);
    expect(speed.perSecond).toBeUndefined();
    speed.add(1000, 10_000);
    expect(speed.perSecond).toBe(100);
    speed.add(1200, 40_000);
    expect(speed.perSecond).toBeCloseTo(200 / 30);
  });
});

describe("what a person sees of it", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test("is one line that is redrawn on a terminal, and gone at the end", () => {
    const stream = new Collector(true);
    const progress = new EvacuationProgress(stream);
    progress.show(evacuationOf({ phases: { requested: 600, settling: 600 } }));
    jest.advanceTimersByTime(500);
    const rows = stream.text.split("\n");
    expect(
      rows.filter((row) => row.includes("[###############...............]  600 of 1,200 moved")).length,
    ).toBeGreaterThan(2);
    progress.stop();
    expect(stream.text.endsWith("\x1b[1A\x1b[0J")).toBe(true);
    const { length } = stream.text;
    jest.advanceTimersByTime(1000);
    expect(stream.text).toHaveLength(length);
  });

  test("is a line every ten seconds elsewhere, and one when its state changes", () => {
    const stream = new Collector(false);
    const progress = new EvacuationProgress(stream);
    for (let second = 0; second < 25; second += 1) {
      progress.show(evacuationOf({ phases: { requested: 1200 - second * 10, settling: second * 10 } }));
      jest.advanceTimersByTime(1000);
    }
    progress.show(evacuationOf({ state: "paused", phases: { requested: 950, settling: 250 } }));
    progress.stop();
    expect(stream.text).toBe(
      [
        "free  0 of 1,200 moved, 0 under way, 1,200 waiting",
        "free  100 of 1,200 moved, 0 under way, 1,100 waiting, 10/s, 1 min 50 s left",
        "free  200 of 1,200 moved, 0 under way, 1,000 waiting, 10/s, 1 min 40 s left",
        "free  250 of 1,200 moved, 0 under way, 950 waiting, paused\n",
      ].join("\n"),
    );
  });

  test("never takes more than the terminal's width", () => {
    const stream = new Collector(true, 20);
    const lines = new LiveLines(stream, () => ["x".repeat(50)]);
    lines.say("said");
    expect(stream.text).toBe(`said\n${"x".repeat(19)}\n`);
  });
});

describe("a transfer", () => {
  test.each([
    [undefined, "requested", ["requested"]],
    ["requested", "requested", []],
    ["accepting", "publishing", ["forwarding", "stopping", "publishing"]],
    ["forwarding", "aborting", ["aborting"]],
    ["publishing", "done", ["done"]],
  ] as const)("seen in %s and then in %s has entered %j", (before, now, entered) => {
    expect(phasesSince(before, now)).toEqual(entered);
  });

  test("waits for nodes by scope, and names no more of them than help", () => {
    const node = (scope: string, name: string, live = true) => ({ scope, node: name, live });
    expect(waitingFor(transferOf())).toBe("");
    expect(
      waitingFor(
        transferOf({
          waitingFor: [node("edge:free", "edge-1"), node("edge:free", "edge-2", false), node("dns", "dns-0")],
        }),
      ),
    ).toBe("edge:free: edge-1, edge-2 (silent); dns: dns-0");
    const many = Array.from({ length: 12 }, (_, index) => node("host:free", `vm-${index}`));
    expect(waitingFor(transferOf({ waitingFor: many }))).toBe("host:free: vm-0, vm-1, vm-2, vm-3, vm-4; and 7 more");
  });
});
