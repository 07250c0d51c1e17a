/** What a rule is, and the checks that several rules share. */
import { isValid, type Draft, type Invalid } from "../draft";
import type { TooLong } from "../names";
import type { Problem } from "../problems";
import type { ParsedEnvironment } from "../schema";

export type EnvironmentDraft = Draft<ParsedEnvironment>;
export type ClusterDraft = Exclude<Exclude<EnvironmentDraft["clusters"], Invalid>[string], Invalid>;

/** What a rule sees. */
export interface Context {
  /** The environment's name. */
  readonly environment: string;
  readonly draft: EnvironmentDraft;
}

/** Gives a problem for each place that breaks it; silent where the draft does not hold what it needs. */
export type Rule = (context: Context) => Problem[];

/** Says that a generated name is too long, and by how much. */
export function excessOf({ name, limit, excess }: TooLong): string {
  return `the generated name ${name} has ${limit + excess} characters, the limit is ${limit}; shorten a part of it by ${excess}`;
}

interface Range {
  readonly min: number | Invalid;
  readonly max: number | Invalid;
}

/** `min` must not exceed `max`. */
export function minWithinMax({ min, max }: Range, path: string): Problem[] {
  return isValid(min) && isValid(max) && min > max
    ? [{ path: `${path}.min`, message: `${min} is above max ${max}` }]
    : [];
}

/** A list must not name anything twice. */
export function eachOnce(list: readonly (string | Invalid)[] | Invalid | undefined, path: string): Problem[] {
  return eachEntry(list, path, (entry, index, all) =>
    all.indexOf(entry) < index ? `${entry} is listed twice` : undefined,
  );
}

/** Reports what `mistakeOf` finds in the readable entries of a list. */
export function eachEntry(
  list: readonly (string | Invalid)[] | Invalid | undefined,
  path: string,
  mistakeOf: (entry: string, index: number, all: readonly (string | Invalid)[]) => string | undefined,
): Problem[] {
  if (list === undefined || !isValid(list)) return [];
  return list.flatMap((entry, index) => {
    const message = isValid(entry) ? mistakeOf(entry, index, list) : undefined;
    return message === undefined ? [] : [{ path: `${path}.${index}`, message }];
  });
}
