/**
 * A report as Markdown for a pull request: the table per failure domain, then each stack's changed resources with the
 * reason of each replacement. Holds names and property paths, no property values.
 */
import { changeKinds, type Digest, type PolicyViolation, type ResourceChange } from "./digest";
import type { Diagnostic } from "./diagnostics";
import { overallOutcome, type Report, type StackReport } from "./report";
import { changeDetail } from "./changes";
import { duration } from "./table";
import { describeUrn, displayName } from "./urn";

/** GitHub accepts this many characters in a comment. */
export const MARKDOWN_LIMIT = 65_536;

/** Longest single item; a provider's error or a rule's text may be any length. */
const ITEM_LIMIT = 2_000;

/** Room kept at the end of a section for closing it and saying what was left out. */
const CLOSING_ROOM = 100;

const OUTCOME_WORD = {
  succeeded: "succeeded",
  failed: "**failed**",
  violation: "**violates a policy**",
  cancelled: "**cancelled**",
} as const;

/** Renders the report in at most {@link MARKDOWN_LIMIT} characters; what does not fit is counted, resource by resource. */
export function reportMarkdown(report: Report): string {
  const title = `## ${inline(report.environment)}: ${report.operation} ${OUTCOME_WORD[overallOutcome(report)]}\n\n`;
  // Half of the room at most goes to the table, so that a very large environment still shows why something failed.
  const table = summary(report.stacks, MARKDOWN_LIMIT / 2 - title.length);
  const head = title + table;
  return head + sections(report.stacks, MARKDOWN_LIMIT - head.length);
}

function summary(stacks: readonly StackReport[], room: number): string {
  const columns = ["failure domain", ...changeKinds, "", "time"];
  const head = [row(columns), row(columns.map((_, index) => (index === 0 || index === 6 ? "---" : "---:")))].join("");
  const rows = stacks.map(({ domain, outcome, seconds, digest }) => () => {
    const counts = changeKinds.map((kind) => String(digest.counts[kind]));
    return row([
      cell(domain),
      ...counts,
      outcome === "succeeded" ? outcome : `**${outcome}**`,
      outcome === "skipped" ? "" : duration(seconds),
    ]);
  });
  const { text, left } = fit(rows, room - head.length - CLOSING_ROOM);
  return `${head}${text}${left > 0 ? `\n${left} more failure domains are not shown.\n` : ""}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}

/** Each stack gets an equal share of the room that is left, so that one large stack does not hide the others. */
function sections(stacks: readonly StackReport[], room: number): string {
  const worthTelling = stacks.filter(({ digest }) => items(digest).length > 0);
  let text = "";
  for (const [index, stack] of worthTelling.entries()) {
    text += section(stack, Math.floor((room - text.length) / (worthTelling.length - index)));
  }
  return text;
}

function section({ domain, stack, outcome, digest }: StackReport, room: number): string {
  const all = items(digest);
  const open = outcome === "succeeded" ? "<details>" : "<details open>";
  const changed = digest.changes.length === 1 ? "1 changed resource" : `${digest.changes.length} changed resources`;
  const head = `\n${open}<summary><b>${html(cut(domain, 100))}</b> (${html(cut(stack, 100))}): ${changed}</summary>\n\n`;
  const { text, left } = fit(all, room - head.length - CLOSING_ROOM);
  if (text === "" && head.length + CLOSING_ROOM > room) return "";
  return `${head}${text}${left > 0 ? `- ... and ${left} more\n` : ""}\n</details>\n`;
}

/** What stops the reader comes first: violations and errors, then replacements and deletions, then the rest. */
function items({ violations, diagnostics, changes }: Digest): Part[] {
  const heavy = ({ kind, failed }: ResourceChange): boolean => failed || kind === "replace" || kind === "delete";
  return [
    ...violations.map((violation) => () => violationItem(violation)),
    ...diagnostics.filter(({ severity }) => severity !== "info").map((diagnostic) => () => diagnosticItem(diagnostic)),
    ...changes.filter(heavy).map((change) => () => changeItem(change)),
    ...changes.filter((change) => !heavy(change)).map((change) => () => changeItem(change)),
  ];
}

function changeItem(change: ResourceChange): string {
  const detail = changeDetail(change);
  const failed = change.failed ? " **failed**" : "";
  return item(
    `**${change.kind}** ${inline(displayName(change.type, change.name))}${failed}${detail === "" ? "" : `: ${prose(detail)}`}`,
  );
}

function violationItem({ policy, level, urn, message }: PolicyViolation): string {
  const about = urn === undefined ? "the stack" : inline(describeUrn(urn));
  return item(`**policy ${html(policy)}** (${level}) ${about}: ${prose(message)}`);
}

function diagnosticItem({ severity, message, urn }: Diagnostic): string {
  return item(`**${severity}** ${urn === undefined ? "" : `${inline(describeUrn(urn))}: `}${prose(message)}`);
}

function item(text: string): string {
  return `- ${cut(text.replace(/\s*\n\s*/g, " "), ITEM_LIMIT)}\n`;
}

/** Written when it is known that there may be room for it: an environment can have far more changes than fit. */
type Part = () => string;

/** As many of the parts, from the first, as there is room for. */
function fit(parts: readonly Part[], room: number): { text: string; left: number } {
  let text = "";
  for (const [index, write] of parts.entries()) {
    const part = write();
    if (text.length + part.length > room) return { text, left: parts.length - index };
    text += part;
  }
  return { text, left: 0 };
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit - 4)} ...` : text;
}

/** Names come from configuration and cloud: they must not become markup. */
function inline(text: string): string {
  return `\`${cut(text, 300).replace(/[`\r\n]/g, "'")}\``;
}

/** Longer than its item need not be, which is cut once more when it is complete. */
function prose(text: string): string {
  return html(cut(text, ITEM_LIMIT));
}

function html(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/[*_|`[\]]/g, "\\$&");
}

function cell(text: string): string {
  return html(cut(text, 100)).replace(/\s*\n\s*/g, " ");
}
