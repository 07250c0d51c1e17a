/** What the reader says about an edited copy of a committed environment. */
import { formatProblem } from "../../config";
import { parseEnvironment } from "../../config/parse";
import { sectionsOf, type Edits } from "../support/environments";

interface Options {
  /** The environment that is edited. Default: prod. */
  readonly base?: "prod" | "sandbox";
  /** The environment's name. Default: that of the base. */
  readonly name?: string;
}

/** The reader's messages, in order; none when it accepts the environment. */
export function messagesAfter(edits: Edits, { base = "prod", name = base }: Options = {}): string[] {
  const parsed = parseEnvironment(name, sectionsOf(base, edits));
  return "problems" in parsed ? parsed.problems.map(formatProblem) : [];
}
