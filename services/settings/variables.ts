/** Reading a process's settings from environment variables: common kinds of value, and one message per mistake. Pure. */
import { z } from "zod";
import { normalizedName } from "../contracts/names";

/** Levels of logging, from everything to nothing. */
const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** At most nine digits: fits 32 bits, and is far above every bound. */
const WHOLE_NUMBER = /^\d{1,9}$/;

export const text = z.string().min(1);
export const url = z.url({ protocol: /^https?$/ });
/** A name in lower case, without trailing dot. */
export const dnsName = text.refine((name) => normalizedName(name) === name);
export const wholeNumber = (least: number, most: number) =>
  z.string().regex(WHOLE_NUMBER).transform(Number).pipe(z.int().min(least).max(most));
export const port = wholeNumber(0, 65_535).describe("set a port, 0 to 65535; 0 takes any that is free");
export const commaList = z
  .string()
  .transform((list) => list.split(","))
  .pipe(z.array(text));
/** JSON of any shape; pipe it into the one that it must have. */
export const json = z.string().transform((source, context): unknown => {
  try {
    return JSON.parse(source);
  } catch {
    context.addIssue("no JSON");
    return z.NEVER;
  }
});
export const logLevel = z
  .enum(LOG_LEVELS)
  .default("info")
  .describe(`set one of ${LOG_LEVELS.join(", ")}`);

/** What is wrong with the environment variables, one line per mistake. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** What the shape of the variables does not say. */
export interface ReadingOptions {
  /** Optional variables that others make necessary. */
  readonly alsoRequired?: readonly string[];
  /** Mistakes that no single variable shows, as they are to be reported. */
  readonly alsoWrong?: readonly string[];
  /** Variables whose values are not repeated in messages: secret, or long. */
  readonly hidden?: readonly string[];
}

/**
 * Reads variables; the description of each in `shape` is the remedy that is named when it is wrong. Throws a
 * {@link SettingsError} that names every mistake with its value and its remedy.
 */
export function readVariables<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: NodeJS.ProcessEnv,
  { alsoRequired = [], alsoWrong = [], hidden = [] }: ReadingOptions = {},
): z.output<z.ZodObject<Shape>> {
  const parsed = z.object(shape).safeParse(environment);
  const wrong = (parsed.error?.issues ?? []).map(({ path }) => String(path[0]));
  const missing = alsoRequired.filter((name) => environment[name] === undefined);
  const mistakes = [...new Set([...wrong, ...missing])].map((name) => {
    return `${name} ${stateOf(environment[name], hidden.includes(name))}: ${remedyOf(shape[name] as z.ZodType)}`;
  });
  if (!parsed.success || mistakes.length + alsoWrong.length > 0) {
    throw new SettingsError([...mistakes, ...alsoWrong].join("\n"));
  }
  return parsed.data;
}

/** A type's description; of one that may be left out, where it has none, that of the type when it is not. */
function remedyOf(type: z.ZodType): string {
  const isOptional = type instanceof z.ZodOptional || type instanceof z.ZodPrefault || type instanceof z.ZodDefault;
  return type.description ?? (isOptional ? remedyOf(type.unwrap() as z.ZodType) : "");
}

/** What is wrong where exactly one of two variables is to be set; `inProduction` says which of them in words. */
export function exactlyOne(
  environment: NodeJS.ProcessEnv,
  [one, other]: readonly [string, string],
  inProduction: string,
): string[] {
  const areSet = [one, other].filter((name) => environment[name] !== undefined).length;
  if (areSet === 1) return [];
  const are = areSet === 0 ? "neither is set" : "both are set";
  return [`${one}, ${other}: ${are}; set exactly one, in production ${inProduction}`];
}

function stateOf(value: string | undefined, isHidden: boolean): string {
  if (value === undefined) return "is not set";
  return isHidden ? "is refused" : `is ${JSON.stringify(value)}`;
}
