/** The changed resources of a stack, with the reason of each replacement, as lines of text. */
import type { ChangeKind, PolicyViolation, ResourceChange } from "./digest";
import type { StackReport } from "./report";
import { plain, type Paint } from "./table";
import { describeUrn, displayName } from "./urn";

const SIGN: Readonly<Record<ChangeKind, string>> = { create: "+", update: "~", replace: "±", delete: "-", same: " " };

/** How many property paths are named before the rest is counted. */
const PATH_LIMIT = 6;

/** The lines about one stack below its name; empty when there is nothing to say. */
export function changeLines({ domain, stack, digest }: StackReport, paint: Paint = plain): string[] {
  const said = [
    ...digest.changes.map((change) => `  ${changeLine(change, paint)}`),
    ...digest.violations.map((violation) => `  ${violationLine(violation, paint)}`),
    ...digest.diagnostics
      .filter(({ severity }) => severity !== "info")
      .map(({ severity, message, urn }) => {
        const about = urn === undefined ? "" : `${describeUrn(urn)}: `;
        return indent(`${paint(severity === "error" ? "bad" : "warn", severity)} ${about}${message}`, 2);
      }),
    ...digest.diagnostics
      .filter(({ severity }) => severity === "info")
      .map(({ message }) => indent(`note ${message}`, 2)),
  ];
  return said.length === 0 ? [] : [`${paint("strong", domain)} (${stack})`, ...said];
}

function changeLine(change: ResourceChange, paint: Paint): string {
  const { kind, type, name, failed } = change;
  const detail = changeDetail(change);
  const head = paint(kind, `${SIGN[kind]} ${kind.padEnd(7)}`);
  return `${head} ${displayName(type, name)}${failed ? paint("bad", " FAILED") : ""}${detail === "" ? "" : `: ${detail}`}`;
}

/** Why a resource is replaced or what of it is updated; empty for the rest, which is all of it. */
export function changeDetail({ kind, paths, reasons, deleteFirst }: ResourceChange): string {
  if (kind === "update") return list(paths);
  if (kind !== "replace") return "";
  const reason = reasons.length === 0 ? "forced by the engine" : `because of ${list(reasons)}`;
  return `${reason}, ${deleteFirst ? "deleted before the new one exists" : "created before the old one is deleted"}`;
}

function list(paths: readonly string[]): string {
  const shown = paths.slice(0, PATH_LIMIT).join(", ");
  return paths.length > PATH_LIMIT ? `${shown} and ${paths.length - PATH_LIMIT} more` : shown;
}

function violationLine({ policy, level, urn, message }: PolicyViolation, paint: Paint): string {
  const about = urn === undefined ? "the stack" : describeUrn(urn);
  return indent(
    `${paint(level === "mandatory" ? "bad" : "warn", `policy ${policy}`)} (${level}) ${about}: ${message}`,
    2,
  ).trimStart();
}

function indent(text: string, by: number): string {
  return text
    .split("\n")
    .map((line, index) => " ".repeat(index === 0 ? by : by + 2) + line.trim())
    .join("\n");
}
