import fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { isProperties, type Properties, UNKNOWN, type Value } from "../../sandbox/provider/values";
import { decode, encode } from "../../sandbox/provider/wire";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const struct = (values: object) => Struct.fromJavaScript(values as Record<string, string>);

describe("the wire format", () => {
  test("unwraps secrets and lists their paths", () => {
    const secret = (value: unknown) => ({ [SIGNATURE]: SECRET, value });
    const sent = struct({ password: secret("p"), users: [{ key: secret({ a: 1 }) }] });
    expect(decode(sent)).toEqual({
      values: { password: "p", users: [{ key: { a: 1 } }] },
      secrets: [["password"], ["users", 0, "key"]],
    });
  });

  test("wraps values at secret paths, and ignores paths that lead nowhere", () => {
    const sent = encode({ password: "p", open: "o" }, [["password"], ["missing"]]).toJavaScript();
    expect(sent).toEqual({ password: { [SIGNATURE]: SECRET, value: "p" }, open: "o" });
  });

  test("recognizes unknown values and sends them", () => {
    expect(decode(struct({ a: UNKNOWN_STRING, b: [UNKNOWN_STRING] })).values).toEqual({ a: UNKNOWN, b: [UNKNOWN] });
    expect(encode({ a: UNKNOWN }).toJavaScript()).toEqual({ a: UNKNOWN_STRING });
  });

  test("keeps an unknown secret both", () => {
    const { values, secrets } = decode(encode({ a: UNKNOWN }, [["a"]]));
    expect({ values, secrets }).toEqual({ values: { a: UNKNOWN }, secrets: [["a"]] });
  });

  test("takes no struct as no properties", () => {
    expect(decode(undefined)).toEqual({ values: {}, secrets: [] });
  });

  test("brings any values through unchanged", () => {
    const scalar = fc.oneof(fc.string(), fc.boolean(), fc.integer(), fc.constant(UNKNOWN));
    const { value } = fc.letrec<{ value: Value }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        scalar,
        fc.array(tie("value")),
        fc.dictionary(fc.stringMatching(/^[a-z.]{1,8}$/), tie("value")),
      ),
    }));
    const values = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), value);
    fc.assert(
      fc.property(values, (properties) => {
        const sent = plain(properties);
        expect(decode(encode(sent)).values).toEqual(sent);
      }),
    );
  });
});

/** A copy with ordinary prototypes: fast-check's dictionaries may have none, which is not what is compared here. */
function plain(properties: Properties): Properties {
  const copy = (value: Value | undefined): Value => {
    if (Array.isArray(value)) return value.map(copy);
    return isProperties(value)
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]))
      : (value ?? null);
  };
  return copy(properties) as Properties;
}
