import fc from "fast-check";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { advance, isLater, SerialBound } from "../../../../services/node-agent/knot/serial";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";

afterAll(removeTempDirs);

const serial = fc.nat({ max: 2 ** 32 - 1 });

test("serials compare as in RFC 1982, around zero as well", () => {
  expect(isLater(1, 0xffff_ffff)).toBe(true);
  expect(isLater(0xffff_ffff, 1)).toBe(false);
  fc.assert(
    fc.property(serial, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (from, by) => {
      expect(isLater(advance(from, by), from)).toBe(true);
      expect(isLater(from, advance(from, by))).toBe(false);
      expect(isLater(from, from)).toBe(false);
    }),
  );
});

/** What a process that starts now would begin a zone with; it leaves the file as it is. */
function afterCrash(path: string): number {
  const copy = `${path}.copy`;
  copyFileSync(path, copy);
  return new SerialBound(copy).take();
}

test("whatever happens, the next zone's serial is later than any that was served", () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant("send" as const), times: fc.integer({ min: 1, max: 25_000 }) }),
    fc.record({ kind: fc.constantFrom("crash" as const, "replace" as const, "look" as const) }),
  );
  fc.assert(
    fc.property(serial, fc.array(action, { maxLength: 12 }), (first, actions) => {
      const path = join(tempDir(), "serial");
      writeFileSync(path, `${first}\n`);
      let bound = new SerialBound(path);
      let served = bound.take();
      for (const one of actions) {
        if (one.kind === "crash") bound = new SerialBound(path);
        else if (one.kind === "look") bound.observe(served);
        else if (one.kind === "replace") {
          const next = bound.take();
          expect(isLater(next, served)).toBe(true);
          served = next;
        } else if (one.kind === "send")
          for (let sent = 0; sent < one.times; sent++) {
            bound.spend();
            served = advance(served, 1);
          }
        expect(isLater(afterCrash(path), served)).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});

test("a zone that never was begins at 1, and nothing is written per message", () => {
  const path = join(tempDir(), "state", "serial");
  const bound = new SerialBound(path);
  expect(bound.take()).toBe(1);
  bound.spend();
  const written = readFileSync(path, "utf8");
  for (let sent = 0; sent < 9000; sent++) bound.spend();
  expect(readFileSync(path, "utf8")).toBe(written);
});

test("a file that is no serial is named, with what to do", () => {
  const path = join(tempDir(), "serial");
  writeFileSync(path, "one\n");
  expect(() => new SerialBound(path)).toThrow(`${path} holds "one", not a serial: delete it`);
});
