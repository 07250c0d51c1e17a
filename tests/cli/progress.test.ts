import type { ProgressStream } from "../../cli/live-lines";
import { Progress } from "../../cli/progress";
import { emptyDigest } from "../../preview/digest";
import { stackReport } from "../preview/events";

class Collector implements ProgressStream {
  text = "";
  constructor(
    readonly isTTY: boolean,
    readonly columns = 40,
  ) {}
  write(text: string): void {
    this.text += text;
  }
}

const done = stackReport("free", {
  digest: { ...emptyDigest, counts: { create: 2, update: 0, replace: 1, delete: 0, same: 5 } },
});

test("without a terminal there is one line per change of state and no control character", () => {
  const stream = new Collector(false);
  const progress = new Progress(stream, 7);
  progress.started("free", "up");
  progress.progress("free", { done: 1, known: 3 });
  progress.note("free", "removed a lock");
  progress.finished(done);
  expect(stream.text).toBe("free     updating\nfree     removed a lock\nfree     2 create, 1 replace (1.3 s)\n");
});

test("an outcome other than success stands for the changes", () => {
  const stream = new Collector(false);
  new Progress(stream, 4).finished(stackReport("free", { outcome: "violation" }));
  expect(stream.text).toBe("free  violation (1.3 s)\n");
});

describe("on a terminal", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test("live lines are redrawn in place, fit the width, and are gone at the end", () => {
    const stream = new Collector(true);
    const progress = new Progress(stream, 7);
    progress.started("free", "preview");
    progress.started("hackers", "preview");
    progress.progress("free", { done: 120, known: 300 });
    jest.advanceTimersByTime(1_000);
    const lines = stream.text.split("\n");
    expect(lines.some((line) => line.includes("free") && line.includes("120 of 300"))).toBe(true);

    expect(Math.max(...lines.map((line) => line.replace(/\x1b\[[0-9]*[AJ]/g, "").length))).toBeLessThan(40);

    progress.finished(done);
    progress.finished({ ...done, domain: "hackers" });
    const before = stream.text;
    jest.advanceTimersByTime(1_000);
    expect(stream.text).toBe(before);
    expect(stream.text.endsWith("hackers  2 create, 1 replace (1.3 s)\n")).toBe(true);
  });
});
