import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { PropertyPath } from "./property-path";
import { isProperties, isUnknown, type Properties, UNKNOWN, type Value } from "./values";

/*
 * The markers of Pulumi's wire format. They are fixed constants of the protocol; the SDK exports them only from its
 * runtime, which would pull the whole SDK into a plugin that has to start fast.
 */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const UNKNOWN_MARKERS = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // bool
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9", // string, and what the engine sends for any type
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);
const UNKNOWN_MARKER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Properties off the wire, with the paths that were wrapped as secrets. */
export interface Decoded {
  readonly values: Properties;
  readonly secrets: PropertyPath[];
}

/** Reads a Struct: markers of unknown values become {@link UNKNOWN}, secrets are unwrapped and their paths listed. */
export function decode(struct: Struct | undefined): Decoded {
  const secrets: PropertyPath[] = [];
  const values = struct === undefined ? {} : (decodeValue(struct.toJavaScript(), [], secrets) as Properties);
  return { values, secrets };
}

function decodeValue(value: Value, path: PropertyPath, secrets: PropertyPath[]): Value {
  if (typeof value === "string") return UNKNOWN_MARKERS.has(value) ? UNKNOWN : value;
  if (Array.isArray(value)) return value.map((item, index) => decodeValue(item, [...path, index], secrets));
  if (!isProperties(value)) return value;
  if (value[SIGNATURE_KEY] === SECRET_SIGNATURE) {
    secrets.push(path);
    return decodeValue(value.value ?? null, path, secrets);
  }
  const entries = Object.entries(value).flatMap(([key, item]) =>
    item === undefined || item === null ? [] : [[key, decodeValue(item, [...path, key], secrets)] as const],
  );
  return Object.fromEntries(entries);
}

/** Writes a Struct; the values at `secrets` are wrapped as secrets (paths that lead nowhere are ignored). */
export function encode(values: Properties, secrets: readonly PropertyPath[] = []): Struct {
  const isSecret = new Set(secrets.map((path) => JSON.stringify(path)));
  return Struct.fromJavaScript(encodeObject(values, [], isSecret) as Parameters<typeof Struct.fromJavaScript>[0]);
}

function encodeObject(values: Properties, path: PropertyPath, isSecret: ReadonlySet<string>): Properties {
  const encoded: Properties = {};
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined) encoded[key] = encodeValue(value, [...path, key], isSecret);
  }
  return encoded;
}

function encodeValue(value: Value, path: PropertyPath, isSecret: ReadonlySet<string>): Value {
  const plain = encodePlain(value, path, isSecret);
  return isSecret.size > 0 && isSecret.has(JSON.stringify(path))
    ? { [SIGNATURE_KEY]: SECRET_SIGNATURE, value: plain }
    : plain;
}

function encodePlain(value: Value, path: PropertyPath, isSecret: ReadonlySet<string>): Value {
  if (isUnknown(value)) return UNKNOWN_MARKER;
  if (Array.isArray(value)) return value.map((item, index) => encodeValue(item, [...path, index], isSecret));
  return isProperties(value) ? encodeObject(value, path, isSecret) : value;
}
