import type { Facts } from "../facts/fact";
import type { CheckRequest } from "../provider/package";
import { isAbsent, list, type Properties, text } from "../provider/values";
import type { Definition } from "./definition";
import { hexadecimal } from "../provider/hash";

/** The input in which the real provider, too, keeps the names of properties that it filled in itself. */
export const DEFAULTS = "__defaults";

const MAXIMUM_LENGTH = 63;
const SUFFIX_LENGTH = 7;

/** Whether the provider generates `name` when it is not given: wherever `name` is an input, with few exceptions. */
export function isAutoNamed(facts: Facts, definition: Definition): boolean {
  const fact = facts.name;
  return fact !== undefined && (fact.required === true || fact.optional === true) && definition.autoName !== false;
}

/** `news` with a generated name if none is given: `<resource>-<7 digits>`, kept as long as the resource lives. */
export function withAutoName({ news, olds, urn, randomSeed }: CheckRequest): Properties {
  if (!isAbsent(news.name) || !isAbsent(news.namePrefix)) return news;
  if (wasGenerated(olds)) return { ...news, name: olds.name, [DEFAULTS]: ["name"] };
  const resource = urn.split("::").slice(3).join("::").toLowerCase();
  const suffix = hexadecimal(SUFFIX_LENGTH, urn, Buffer.from(randomSeed).toString("hex"));
  const name = `${resource.slice(0, MAXIMUM_LENGTH - SUFFIX_LENGTH - 1)}-${suffix}`;
  return { ...news, name, [DEFAULTS]: ["name"] };
}

function wasGenerated(inputs: Properties): boolean {
  return list(inputs[DEFAULTS]).includes("name");
}

/**
 * Whether a replacement deletes before it creates. The real provider does so for every resource whose name could have
 * been generated but was given, even if the replacement has another name; only a type with
 * {@link Definition.uniqueNameFields} escapes by a new name. A program that gives unique names has to say
 * `deleteBeforeReplace: false`.
 */
export function deletesBeforeReplace(
  facts: Facts,
  definition: Definition,
  olds: Properties,
  news: Properties,
): boolean {
  if (!isAutoNamed(facts, definition) || wasGenerated(news) || isAbsent(news.name)) return false;
  return !(definition.uniqueNameFields ?? []).some((field) => text(olds[field]) !== text(news[field]));
}
