/** The overlay against a plain map, under any order of changes, folds and failures of folds. */
import * as fc from "fast-check";
import { NO_ENTRY } from "../../../../services/node-agent/haproxy/files";
import { OverlayMap } from "../../../../services/node-agent/haproxy/overlay-map";

const KEYS = ["a", "b", "c", "d", "e", "f"] as const;
const key = fc.constantFrom(...KEYS);
const value = fc.option(fc.constantFrom("free", "paid", "team"), { nil: undefined });
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("set" as const), key, value }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom("begin", "end", "abort", "killed-before", "killed-after") }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("become" as const),
      map: fc.dictionary(key, fc.constantFrom("free", "paid")),
    }),
  },
);

/** What a lookup finds that goes by base and overrides as they are on disk. */
function looked(base: ReadonlyMap<string, string>, overrides: ReadonlyMap<string, string>): Map<string, string> {
  const merged = new Map([...base, ...overrides]);
  return new Map([...merged].filter(([, found]) => found !== NO_ENTRY));
}

it("is what a plain map is, whichever base HAProxy has", () => {
  fc.assert(
    fc.property(
      fc.dictionary(key, fc.constantFrom("free", "paid")),
      fc.array(action, { maxLength: 60 }),
      (start, actions) => {
        const plain = new Map<string, string>(Object.entries(start));
        let overlay = new OverlayMap(new Map(plain));
        let isFolding = false;
        for (const step of actions) {
          if (step.type === "set") {
            const other = plain.get(step.key) !== step.value;
            if (step.value === undefined) plain.delete(step.key);
            else plain.set(step.key, step.value);
            expect(overlay.set(step.key, step.value)).toBe(other);
          } else if (step.type === "become") {
            plain.clear();
            for (const [name, wanted] of Object.entries(step.map)) plain.set(name, wanted);
            overlay.become(() => plain);
          } else if (step.type === "killed-before" || step.type === "killed-after") {
            // Overrides were on disk, and the base as it was before or after the fold.
            const base = new Map(step.type === "killed-before" ? overlay.baseEntries : overlay.folded());
            overlay = new OverlayMap(base, overlay.overrides());
            isFolding = false;
          } else if (step.type === "begin" && !isFolding) {
            overlay.beginFold();
            isFolding = true;
          } else if (step.type !== "begin" && isFolding) {
            if (step.type === "end") overlay.endFold();
            else overlay.abortFold();
            isFolding = false;
          }
          expect(overlay.size).toBe(plain.size);
          for (const name of KEYS) expect(overlay.get(name)).toBe(plain.get(name));
          const folded = new Map(overlay.folded());
          expect(overlay.foldedSize).toBe(folded.size);
          expect(looked(overlay.baseEntries, overlay.overrides())).toEqual(plain);
          expect(looked(folded, overlay.overrides())).toEqual(plain);
        }
      },
    ),
    { numRuns: 500 },
  );
});
