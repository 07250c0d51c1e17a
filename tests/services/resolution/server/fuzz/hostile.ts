/** Values that programs stumble over, and bytes that are no JSON. */
import fc from "fast-check";

const TEXTS = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "\udfff\ud800",
  "\ufeff",
  "\u202egnp.exe",
  "é́\u0301\u0301",
  "ß",
  "İ",
  "ﬀ",
  "☃.example",
  "xn--",
  "xn--a",
  "xn--ls8h.example",
  "..",
  "../../etc/passwd",
  ".",
  "-",
  "a.",
  ".a",
  "a..b",
  "%",
  "%00",
  "%zz",
  "null",
  "undefined",
  "NaN",
  "true",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "'; drop table users; --",
  "\\",
  '"',
  "${jndi:ldap://x}",
  "a".repeat(64),
  "a".repeat(257),
  "a.".repeat(200),
  "9".repeat(400),
  "127.0.0.1",
  "[::1]:80",
  "localhost",
  "*.example.org",
  "_x.example.org",
  "\r\nset-cookie: a=b",
  "2026-13-45T25:61:61Z",
  "00000000-0000-0000-0000-000000000000",
  "1e400",
  "-1",
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 300 }) },
);

const hostileNumber = fc.oneof(
  fc.constantFrom(0, -0, -1, 0.1, 1e-320, 1e21, 1e300, -1e300, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, 2 ** 64),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
);

/** Deeper than recursion without a bound survives, where there is one. */
const DEPTH = 8_000;
const nested = fc.integer({ min: 1, max: 30 }).map((depth) => {
  let value: unknown = 0;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
});

/** Any JSON value, of the kinds that are expected least. */
export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  { weight: 3, arbitrary: hostileNumber },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [null], [[]], { length: 1e9 }) },
  { weight: 1, arbitrary: nested },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
);

/** Bodies that no valid one is near to. */
export const brokenBody: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "{",
    "}",
    "{}{}",
    "null",
    "[]",
    '"text"',
    "1",
    "NaN",
    "{'a':1}",
    '{"a":1,}',
    '{"a":\t"\t"}',
    '{"__proto__":{"admin":true}}',
    '{"constructor":{"prototype":{"admin":true}}}',
    '{"a":"\\u0000","\\ud800":"\\udc00"}',
    "\ufeff{}",
    "label=jane&plan=free",
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "[".repeat(DEPTH),
    `${"[".repeat(DEPTH)}${"]".repeat(DEPTH)}`,
    `${'{"a":'.repeat(DEPTH)}1${"}".repeat(DEPTH)}`,
    `{"a":${"9".repeat(5_000)}}`,
    `"${"a".repeat(70_000)}"`,
  ),
  fc.string({ unit: "binary", maxLength: 60 }),
);

/** Contents of headers: any octet that a client can send in one. */
export const headerValue: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "",
    "*",
    "a b",
    "a".repeat(255),
    "a".repeat(256),
    "a".repeat(4_000),
    "null",
    '"',
    "W/",
    "\xff\xfe",
    "é",
  ),
  fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
    maxLength: 40,
  }),
);
