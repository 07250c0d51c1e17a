import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { closeSync, writeSync } from "node:fs";
import { join } from "node:path";
import { boundLog, lastWords, logLength, openLog, tail } from "../../../../sandbox/cloud/processes/log-file";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";

afterEach(removeTempDirs);

describe("a process's log", () => {
  it("is made with its folders, and added to", () => {
    const path = join(tempDir(), "logs", "machine", "edge.log");
    for (const line of ["one\n", "two\n"]) {
      const file = openLog(path);
      writeSync(file, line);
      closeSync(file);
    }
    expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
  });

  it("is cut when it is too long, under whoever writes to it, and what it held stands beside it", () => {
    const path = join(tempDir(), "edge.log");
    const file = openLog(path);
    writeSync(file, "before\n");
    boundLog(path, 1_000);
    expect(existsSync(`${path}.1`)).toBe(false);
    boundLog(path, 5);
    writeSync(file, "after\n");
    closeSync(file);
    expect(readFileSync(path, "utf8")).toBe("after\n");
    expect(readFileSync(`${path}.1`, "utf8")).toBe("before\n");
  });

  it("tells the last words of this run, and none of the run before", () => {
    const path = join(tempDir(), "edge.log");
    expect(tail(path)).toBe("");
    writeFileSync(path, "old words\n");
    const from = logLength(path);
    expect(tail(path, from)).toBe("");
    appendFileSync(path, "first\nlast\n\n");
    expect(tail(path, from)).toBe("last");
    // It was cut meanwhile.
    writeFileSync(path, "new\n");
    expect(tail(path, from)).toBe("new");
  });

  it("looks at no more than the end of a long one", () => {
    const path = join(tempDir(), "edge.log");
    writeFileSync(path, `${"x\n".repeat(200_000)}the end\n`);
    expect(tail(path)).toBe("the end");
  });
});

describe("last words", () => {
  it.each([
    ["a line", "starting\nedge: there is no configuration yet\n", "edge: there is no configuration yet"],
    [
      "an error, not its stack",
      "Error: no such key\n    at read (/app/main.js:1:2)\n    at main (x)\n\nNode.js v20.20.2\n",
      "Error: no such key",
    ],
    [
      "a structured line's message and error",
      '{"level":50,"err":{"message":"refused"},"msg":"cannot go on"}\n',
      "cannot go on: refused",
    ],
    ["a line that only looks structured", "{oops\n", "{oops"],
    ["nothing", "\n\n", ""],
  ])("are %s", (_, output, words) => {
    expect(lastWords(output)).toBe(words);
  });
});
