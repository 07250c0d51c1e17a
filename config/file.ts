/** Reading `Pulumi.<environment>.yaml` as untyped data, in the dialect that Pulumi itself reads. */
import { readFileSync } from "node:fs";
import { isScalar, LineCounter, parseDocument, Scalar, visit, type Document } from "yaml";
import { isMap } from "./draft";
import { didYouMean } from "./nearest";
import { ConfigError, type Problem } from "./problems";

/** Keys beside `config` that Pulumi itself keeps in a stack configuration file. */
export const PULUMI_KEYS = ["secretsprovider", "encryptedkey", "encryptionsalt", "environment"] as const;

/**
 * Plain scalars that Pulumi's reader, which follows YAML 1.1 here, takes for a date, an octal or a grouped number, and
 * YAML 1.2 does not.
 */
const AMBIGUOUS = /^(\d{4}-\d{1,2}-\d{1,2}\b.*|[-+]?0[0-7_]+|[-+]?\d[\d_]*_[\d_]*(\.[\d_]*)?)$/;

/** What a file holds below `config`, and what is wrong beside it. */
export interface ConfigFile {
  readonly config: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
}

/** Reads a stack configuration file. Throws a {@link ConfigError} when it is missing or is not YAML. */
export function readConfigFile(file: string): ConfigFile {
  const data = parseYaml(file, readText(file));
  const config = isMap(data) ? (data.config ?? {}) : undefined;
  if (!isMap(data) || !isMap(config)) {
    throw new ConfigError(file, [{ path: "config", message: "is not a map; the sections stand below it" }]);
  }
  const known = ["config", ...PULUMI_KEYS];
  const problems = Object.keys(data)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: key, message: `unknown key${didYouMean(key, known)}; sections stand below config` }));
  return { config, problems };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === "ENOENT" ? "there is no such file; an environment is one Pulumi.<environment>.yaml" : message;
    throw new ConfigError(file, [{ path: "", message: reason }]);
  }
}

/** Messages give line and column, never the text: the file may hold secrets. */
function parseYaml(file: string, text: string): unknown {
  const lines = new LineCounter();
  // Pulumi reads merge keys (<<), and so must we.
  const document = parseDocument(text, { merge: true, prettyErrors: false, lineCounter: lines });
  const at = (offset: number, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { path: "", message: `line ${line}, column ${col}: ${message}` };
  };
  const faults = [...document.errors, ...document.warnings].map(({ pos, code, message }) =>
    at(pos[0], faultOf(code, message)),
  );
  const problems = faults.length > 0 ? faults : ambiguousScalars(document).map((offset) => at(offset, AMBIGUITY));
  if (problems.length > 0) throw new ConfigError(file, problems);
  return toData(file, document);
}

const AMBIGUITY =
  "YAML 1.1 and 1.2 read this date or number differently; put it in quotes, or write the number in plain decimals";

function faultOf(code: string, message: string): string {
  if (code === "DUPLICATE_KEY") return "this key is there twice in one map; remove one";
  if (code === "MULTIPLE_DOCS") return "a second document starts here; an environment is one document";
  return message.trimEnd();
}

function ambiguousScalars(document: Document): number[] {
  const offsets: number[] = [];
  visit(document, {
    Scalar: (_, node) => {
      if (isScalar(node) && node.type === Scalar.PLAIN && AMBIGUOUS.test(node.source ?? ""))
        offsets.push(node.range?.[0] ?? 0);
    },
  });
  return offsets;
}

/** Aliases are resolved only here: one without an anchor, or nested without bounds, throws. */
function toData(file: string, document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigError(file, [{ path: "", message: (error as Error).message }]);
  }
}
