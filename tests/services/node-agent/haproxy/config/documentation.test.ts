/** docs/edge.md says what is: limits, pages, log fields and signed text. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HOP_SKEW_SECONDS } from "../../../../../services/node-agent/haproxy/config/hop";
import { logFields } from "../../../../../services/node-agent/haproxy/config/log";
import { BUFFER_BYTES } from "../../../../../services/node-agent/haproxy/config/global";
import { UNTOLD_MS } from "../../../../../services/node-agent/agent";
import { edge } from "../../../../../services/node-agent/kinds/edge";
import { JOIN_MS } from "../../../../../services/node-agent/haproxy/joining";
import { STOP_COMMAND } from "../../../../../services/node-agent/haproxy/config";
import {
  loopDetected,
  pages,
  siblingBusy,
  siblingTimeout,
  siblingUnknown,
  siblingUnreachable,
  type Page,
} from "../../../../../services/node-agent/haproxy/pages";
import { DEFAULT_LIMITS } from "../../../../../services/node-agent/haproxy/settings";
import { REPOSITORY } from "../../../../support/environments";

const page = readFileSync(join(REPOSITORY, "docs/edge.md"), "utf8");

/** Rows of the tables below a heading, without head. */
function rows(heading: string): string[][] {
  const [, text = ""] = page.split(`\n## ${heading}\n`);
  const lines =
    text
      .split("\n## ")[0]
      ?.split("\n")
      .filter((line) => line.startsWith("|")) ?? [];
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test("limits and their defaults", () => {
  const documented = rows("Limits").map(([name, value]) => [name?.replaceAll("`", ""), Number(value)]);
  expect(Object.fromEntries(documented)).toEqual(DEFAULT_LIMITS);
  expect(page).toContain(`a buffer of ${BUFFER_BYTES / 1024} KB`);
});

test("pages", () => {
  const bySibling = [siblingUnreachable, siblingTimeout, siblingBusy].map((make) => make("free", "pro"));
  const all: Page[] = [...Object.values(pages), ...bySibling, siblingUnknown("free"), loopDetected("free")];
  const made = all.map(({ status, title }) => `${status} ${title}`);
  expect(
    rows("What the edge answers by itself")
      .map(([status, title]) => `${status} ${title}`)
      .sort(),
  ).toEqual(made.sort());
});

test("fields of the access log", () => {
  const documented = rows("Access log").flatMap(([fields]) => fields?.replaceAll("`", "").split(", ") ?? []);
  expect(documented.sort()).toEqual(Object.keys(logFields("free")).sort());
});

test("numbers of the hop header, and the command that stops an edge", () => {
  expect(page).toContain(`valid for ${HOP_SKEW_SECONDS} s`);
  expect(page).toContain(STOP_COMMAND);
});

test("how long an edge waits when it begins, and its agent when it ends", () => {
  expect(page).toContain(`${JOIN_MS / 1000} seconds have passed in which it was looked at`);
  expect(page).toContain(`waits for its first state for ${UNTOLD_MS / 1000} seconds`);
  expect(page).toContain(`If HAProxy still serves after ${edge.patience.outlastMs / 1000} seconds`);
});
