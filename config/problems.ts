/** Mistakes in configuration, and how a person is told of them. */
import type { z } from "zod";
import { didYouMean } from "./nearest";

/** One mistake: where, and what is wrong with the remedy. */
export interface Problem {
  /** Dotted path, such as `clusters.hackers.containerVms.boosted.min`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

/** Configuration that cannot be used. Carries every mistake, so that one run shows all of them. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(
    /** What was read: a file's path or a stack's name. */
    readonly source: string,
    readonly problems: readonly Problem[],
  ) {
    const count = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
    super([`${source}: ${count}`, ...problems.map((problem) => `  ${formatProblem(problem)}`)].join("\n"));
  }
}

/** `path: message`, or the message alone. */
export function formatProblem({ path, message }: Problem): string {
  return path === "" ? message : `${path}: ${message}`;
}

type Path = readonly PropertyKey[];

/** Joins a path with dots. */
export function joinPath(path: Path): string {
  return path.map(String).join(".");
}

/** Says that a map has a key it should not have. */
export function unknownKey(path: string, key: string, known: readonly string[]): Problem {
  return { path, message: `unknown key${didYouMean(key, known)}; known here: ${known.join(", ")}` };
}

/** Says one issue of the schema in this project's words. `known` lists the keys that the object at a path may have. */
export function problemsOf(issue: z.core.$ZodIssue, known: (path: Path) => readonly string[]): Problem[] {
  const path = joinPath(issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(joinPath([...issue.path, key]), key, known(issue.path)));
    case "invalid_key":
      return issue.issues.map((inner) => ({ path, message: `key ${inner.message}` }));
    case "invalid_type":
      return [{ path, message: wrongType(issue.input, issue.expected) }];
    case "invalid_value":
      return [{ path, message: wrongValue(issue.input, issue.values.map(String)) }];
    case "too_small":
    case "too_big":
      return [{ path, message: outOfBounds(issue) }];
    case "invalid_format":
    case "custom":
    case "invalid_union":
    case "invalid_element":
    case "not_multiple_of":
      return [{ path, message: issue.message }];
  }
}

/** A value as a person would name it. Maps and lists are not spelt out: they may be long, and may hold what is secret. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a map";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function wrongType(value: unknown, expected: string): string {
  if (value === undefined) return "is missing";
  const wanted =
    { int: "a whole number", record: "a map", object: "a map", array: "a list" }[expected] ?? `a ${expected}`;
  if (value === null) return `is empty (null), not ${wanted}`;
  return `${show(value)} is not ${wanted}${quotingRemedy(value, expected)}`;
}

/** The usual slip between a scalar's types in YAML is a pair of quotes too many or too few. */
function quotingRemedy(value: unknown, expected: string): string {
  if (expected === "string" && ["number", "boolean"].includes(typeof value)) return "; put it in quotes";
  const numeric = typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
  return expected === "number" && numeric ? "; write it without quotes" : "";
}

function wrongValue(value: unknown, allowed: readonly string[]): string {
  const list = allowed.join(", ");
  if (value === undefined) return `is missing; give one of ${list}`;
  if (value === null) return `is empty (null); give one of ${list}`;
  return `${show(value)} is none of ${list}${typeof value === "string" ? didYouMean(value, allowed) : ""}`;
}

function outOfBounds(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const { input } = issue;
  const below = issue.code === "too_small";
  const limit = below ? issue.minimum : issue.maximum;
  const remedy = below ? `needs at least ${limit}` : `may have at most ${limit}`;
  if (Array.isArray(input)) return `has ${input.length === 1 ? "1 entry" : `${input.length} entries`}, ${remedy}`;
  if (typeof input === "string") return `has ${input.length} characters, ${remedy}`;
  return `${show(input)} is ${below ? "below the minimum" : "above the maximum"} of ${limit}`;
}
