import { createRequire } from "node:module";
import {
  at,
  elements,
  entries,
  isMissing,
  isNot,
  plainProperties,
  show,
  text,
  texts,
  UNKNOWN,
} from "../../policy/support/values";

/** The policy SDK's own guard and mark of unknown values, which its package does not declare. */
const sdk = createRequire(__filename)("@pulumi/policy/proxy") as {
  unknownCheckingProxy: (properties: object) => Record<string, unknown>;
  unknownStringValue: string;
};
const guarded = (properties: object) => plainProperties(sdk.unknownCheckingProxy(properties));

describe("properties", () => {
  it("come out of the SDK's guard as plain data, with what it would throw on marked", () => {
    const unknown = sdk.unknownStringValue;
    const properties = {
      name: "x",
      none: null,
      nested: { known: 1, later: unknown },
      list: [unknown, { deep: unknown }],
    };
    expect(() => sdk.unknownCheckingProxy(properties.nested).later).toThrow(/can't be known/);
    expect(guarded(properties)).toEqual({
      name: "x",
      none: null,
      nested: { known: 1, later: UNKNOWN },
      list: [UNKNOWN, { deep: UNKNOWN }],
    });
  });

  it("are read by path, unknown wherever something that contains the value is", () => {
    const properties = { a: { b: 1, c: UNKNOWN } };
    expect(at(properties, "a.b")).toBe(1);
    expect(at(properties, "a.c.d")).toBe(UNKNOWN);
    expect(at(properties, "a.x.y")).toBeUndefined();
    expect(at(undefined, "a")).toBeUndefined();
  });

  it("are missing only when that is known", () => {
    for (const nothing of [undefined, null, "", []]) expect(isMissing(nothing)).toBe(true);
    for (const something of [UNKNOWN, 0, false, [UNKNOWN], {}]) expect(isMissing(something)).toBe(false);
  });

  it("differ only when that is known", () => {
    expect(isNot(UNKNOWN, true)).toBe(false);
    expect(isNot(undefined, true)).toBe(true);
    expect(isNot(true, true)).toBe(false);
  });

  it("give the known part of lists, texts and maps", () => {
    expect(elements(UNKNOWN)).toEqual([]);
    expect(texts(["a", UNKNOWN, 1])).toEqual(["a"]);
    expect(text(UNKNOWN)).toBeUndefined();
    expect(entries({ a: 1 })).toEqual([["a", 1]]);
    expect(entries(UNKNOWN)).toEqual([]);
  });

  it("show as a person would write them, shortened", () => {
    expect(show("x")).toBe('"x"');
    expect(show(undefined)).toBe("nothing");
    expect(show([UNKNOWN])).toBe('["(not known yet)"]');
    expect(show("y".repeat(200))).toHaveLength(80);
  });
});
