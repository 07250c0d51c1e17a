/** Requests for an operation of the document: valid ones, ones with something wrong, and hostile ones. */
import fc from "fast-check";
import { CALLERS, rolesOf, type CallerName } from "../support/api";
import type { Operation, Parameter } from "../support/document";
import { brokenBody, headerValue, hostileText } from "./hostile";
import { nearlyValid, validValue, type Meanings } from "./schema-values";

/** A request as it is sent, but for the placeholders in its texts. */
export interface FuzzedRequest {
  readonly caller: CallerName;
  readonly method: Operation["method"];
  /** Path and query, encoded. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** Requests for an operation; `example` are parts of them that are right together. */
export function requestsFor(
  operation: Operation,
  meanings: Meanings,
  example: fc.Arbitrary<Partial<FuzzedRequest>> = fc.constant({}),
): fc.Arbitrary<FuzzedRequest> {
  const parts = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: example });
  return fc.tuple(fuzzed(operation, meanings), parts).map(([request, part]) => ({ ...request, ...part }));
}

function fuzzed(operation: Operation, meanings: Meanings): fc.Arbitrary<FuzzedRequest> {
  const own = meaningsOf(operation, meanings);
  return fc
    .record({
      caller: callerFor(operation),
      path: pathOf(operation, own),
      query: queryOf(operation, own),
      headers: headersOf(operation),
      body: bodyOf(operation, own),
      contentType,
    })
    .map(({ caller, path, query, headers, body, contentType: type }) => ({
      caller,
      method: operation.method,
      url: query === "" ? path : `${path}?${query}`,
      headers: { ...headers, ...(body !== undefined && type !== "" && { "content-type": type }) },
      ...(body !== undefined && { body }),
    }));
}

/** An id and a name are of what the path is about. */
function meaningsOf({ path }: Operation, meanings: Meanings): Meanings {
  const about = path.split("/")[2] ?? "";
  const inPath = Object.fromEntries(
    ["id", "name"].flatMap((name) => {
      const meaning = meanings[`${about}.${name}`];
      return meaning === undefined ? [] : [[name, meaning]];
    }),
  );
  return { ...meanings, ...inPath };
}

const everybody = Object.keys(CALLERS) as CallerName[];

/** Mostly somebody who may. */
function callerFor({ roles }: Operation): fc.Arbitrary<CallerName> {
  const allowed = everybody.filter((caller) => rolesOf(caller).some((role) => roles.includes(role)));
  return fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...allowed) },
    { weight: 1, arbitrary: fc.constantFrom(...everybody) },
  );
}

const PARAMETER = /(\{\w+\})/;

function pathOf(operation: Operation, meanings: Meanings): fc.Arbitrary<string> {
  const segments = operation.path.split(PARAMETER).map((part) => {
    const parameter = operation.parameters.find(({ name, in: where }) => where === "path" && part === `{${name}}`);
    return parameter === undefined ? fc.constant(part) : segmentOf(parameter, meanings);
  });
  return fc.tuple(...segments).map((parts) => parts.join(""));
}

/** Escapes that stand for nothing, for octets that are no text, or for what ends a segment. */
const RAW_SEGMENTS = [
  "%",
  "%zz",
  "%ff",
  "%00",
  "%2f",
  "%2e%2e",
  "..",
  "",
  "a".repeat(1_100),
  "%61".repeat(800),
  ";a=b",
  "//",
];

function segmentOf({ name, schema }: Parameter, meanings: Meanings): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 8, arbitrary: validValue(schema, name, meanings).map((value) => encode(String(value))) },
    { weight: 1, arbitrary: hostileText.map(encode) },
    { weight: 1, arbitrary: fc.constantFrom(...RAW_SEGMENTS) },
  );
}

/** What a client would make of any text; placeholders are left as they are. */
function encode(value: string): string {
  return encodeURIComponent(value.replace(/\p{Surrogate}/gu, "\ufffd")).replace(
    /%7B%7B(\w+)%3A(\d+)%7D%7D/g,
    "{{$1:$2}}",
  );
}

function queryOf({ parameters }: Operation, meanings: Meanings): fc.Arbitrary<string> {
  const known = parameters.filter(({ in: where }) => where === "query");
  const pairs = known.map(({ name, schema, required }) =>
    fc.oneof(
      // As is best for three of which exactly one is to be there.
      { weight: required === true ? 1 : 26, arbitrary: fc.constant<string[]>([]) },
      { weight: 12, arbitrary: validValue(schema, name, meanings).map((value) => [pair(name, String(value))]) },
      { weight: 1, arbitrary: hostileText.map((value) => [pair(name, value)]) },
    ),
  );
  const beside = fc.oneof(
    { weight: 15, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: strayPair(known.map(({ name }) => name)) },
  );
  return fc.tuple(...pairs, beside).map((parts) => parts.flat().join("&"));
}

function strayPair(names: readonly string[]): fc.Arbitrary<string[]> {
  const name = fc.oneof(fc.constantFrom("__proto__", "limit[]", "constructor", "", ...names), hostileText);
  const raw = fc.constantFrom(
    "%",
    "&&&",
    "a=b=c",
    "limit=%zz",
    "cursor=%ff",
    "limit=1e2",
    "limit=+1",
    "limit=99999999999999999999",
  );
  return fc.oneof(
    fc.tuple(name, hostileText).map(([key, value]) => [pair(key, value)]),
    raw.map((text) => [text]),
  );
}

function pair(name: string, value: string): string {
  return `${encode(name)}=${encode(value)}`;
}

const STRAY_HEADERS = ["if-none-match", "x-request-id", "accept", "range", "x-forwarded-for", "x-http-method-override"];

function headersOf({ parameters }: Operation): fc.Arbitrary<Record<string, string>> {
  const own = parameters.filter(({ in: where }) => where === "header");
  const stray = fc.oneof(
    { weight: 6, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(...STRAY_HEADERS), headerValue).map(([name, value]) => ({ [name]: value })),
    },
  );
  const declared = own.map(({ name, schema }) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant({}) },
      // Of few, so that some come twice.
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 40 }).map((key) => ({ [name]: `key-${key}` })) },
      { weight: 1, arbitrary: validValue(schema, name, {}).map((value) => ({ [name]: String(value) })) },
      { weight: 1, arbitrary: headerValue.map((value) => ({ [name]: value })) },
    ),
  );
  return fc.tuple(stray, ...declared).map((parts) => Object.assign({}, ...parts) as Record<string, string>);
}

const contentType = fc.oneof(
  { weight: 20, arbitrary: fc.constant("application/json") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "text/plain",
      "application/json; charset=utf-16",
      "application/json; charset=UTF-8",
      "application/json;;;",
      "APPLICATION/JSON",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "json",
      "a/b/c",
      "\xff",
    ),
  },
);

function bodyOf({ body, method }: Operation, meanings: Meanings): fc.Arbitrary<string | undefined> {
  if (body === undefined) {
    // Nothing is asked for; what is sent nevertheless does no harm.
    return fc.oneof(
      { weight: method === "GET" ? 40 : 8, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.oneof(fc.constant("{}"), brokenBody) },
    );
  }
  const valid = validValue(body, "body", meanings) as fc.Arbitrary<object>;
  return fc.oneof(
    { weight: 10, arbitrary: valid.map((value) => JSON.stringify(value)) },
    { weight: 5, arbitrary: nearlyValid(valid).map((value) => JSON.stringify(value)) },
    {
      weight: 1,
      arbitrary: fc.tuple(valid, fc.nat({ max: 200 })).map(([value, at]) => JSON.stringify(value).slice(0, at)),
    },
    { weight: 1, arbitrary: fc.tuple(valid, valid).map(([one, other]) => twice(one, other)) },
    { weight: 1, arbitrary: brokenBody },
  );
}

/** Every key twice, with the other object's value first. */
function twice(one: object, other: object): string {
  const members = [other, one].map((value) => JSON.stringify(value).slice(1, -1)).filter((text) => text !== "");
  return `{${members.join(",")}}`;
}
