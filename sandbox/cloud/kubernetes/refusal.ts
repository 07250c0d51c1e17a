/** Saying no: to what is declared and the local cloud does not emulate. */
import type { z } from "zod";

/** Something that is declared will never work here. The message names it, and where there is one, the remedy. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** The value as the schema has it; throws a {@link Refusal} that names every property that it does not know or allow. */
export function accepted<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refusal(parsed.error.issues.flatMap(reasons).join("; "));
}

function reasons(issue: z.core.$ZodIssue): string[] {
  if (issue.code !== "unrecognized_keys") return [`${pathText(issue.path)}: ${issue.message}`];
  return issue.keys.map((key) => `${pathText([...issue.path, key])}: the sandbox does not emulate it`);
}

/** `spec.template.spec.containers[0].command`. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`))
    .join("");
}
