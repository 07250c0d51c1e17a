/** From untyped data to an {@link Environment}, or to every mistake in it at once. */
import { z } from "zod";
import { draftOf, unwrap } from "./draft";
import { isProduction } from "./names";
import { problemsOf, type Problem } from "./problems";
import { brokenRules } from "./rules";
import { environmentSchema, type ParsedEnvironment } from "./schema";

/** A validated environment: what every stack of it is composed from. */
export interface Environment extends ParsedEnvironment {
  /** `prod`, `sandbox`: the middle of the file's name. */
  readonly name: string;
  /** Whether it holds users, so that what keeps state is protected. */
  readonly production: boolean;
}

/** An environment, or the mistakes for which there is none. */
export type Parsed = { readonly environment: Environment } | { readonly problems: readonly Problem[] };

/** Validates the sections of an environment: first each value's shape, then the rules that join several. */
export function parseEnvironment(name: string, sections: Readonly<Record<string, unknown>>): Parsed {
  const parsed = environmentSchema.safeParse(sections, { reportInput: true });
  const misshapen = (parsed.error?.issues ?? []).flatMap((issue) => problemsOf(issue, knownKeys));
  const broken = brokenRules({ environment: name, draft: draftOf(environmentSchema, sections) });
  const problems = [...firstOfEachPath(misshapen), ...broken];
  if (!parsed.success || problems.length > 0) return { problems };
  return { environment: { name, production: isProduction(name), ...parsed.data } };
}

/** A value that fails one check often fails the next for the same reason; the first says it. */
function firstOfEachPath(problems: readonly Problem[]): Problem[] {
  return problems.filter(({ path }, index) => problems.findIndex((other) => other.path === path) === index);
}

/** The keys that the schema knows at a path, for the nearest one to be named. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  const schema = unwrap(path.reduce<z.core.$ZodType>(inside, environmentSchema));
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function inside(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType {
  const outer = unwrap(schema);
  if (outer instanceof z.ZodObject) return (outer.shape as Record<PropertyKey, z.core.$ZodType>)[key] ?? outer;
  if (outer instanceof z.ZodRecord) return outer.valueType;
  if (outer instanceof z.ZodArray) return outer.element;
  return outer;
}
