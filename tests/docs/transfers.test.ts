/** Whoever reads docs/transfers.md at night acts on it: its phases, bounds, variables and figures are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { apiVariables } from "../../components/resolution-service/manifests/environment";
import { readEnvironmentFile } from "../../config";
import { CANCELLABLE_PHASES, FINAL_PHASES, PHASES } from "../../services/contracts/transfers";
import { LEASE_MS } from "../../services/resolution/nodes/list";
import { readSettings } from "../../services/resolution/settings";
import * as timings from "../../services/resolution/transfers/timings";
import { committedFile } from "../support/environments";
import { codeSpans, readPage, ROOT } from "./pages";

const page = readPage("docs/transfers.md");
const { phaseSeconds, quietSeconds, maxSettleSeconds } = timings.transferTimings({ ttlSeconds: 1, graceSeconds: 1 });

function section(heading: string): string {
  const [, after = ""] = page.text.split(new RegExp(`^#+ ${heading}$`, "m"));
  return after.split(/^## /m)[0] ?? "";
}

/** The tables of a section, each as rows of cells without its head. */
function tables(heading: string): string[][][] {
  return [...section(heading).matchAll(/^\|.*\|\n\|[ |-]+\|\n((?:\|.*\|\n)*)/gm)].map(([, body = ""]) =>
    body
      .trimEnd()
      .split("\n")
      .map((row) =>
        row
          .slice(1, -1)
          .split("|")
          .map((cell) => cell.trim()),
      ),
  );
}

function codeOf(cell = ""): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

describe("the page on transfers", () => {
  const [phases = [], whatToDo = []] = tables("Phases");

  it("has a row per phase, in the order of the contracts", () => {
    expect(phases.map(([name]) => codeOf(name)[0])).toEqual(PHASES);
  });

  it.each(timings.WAITING_PHASES)("gives %s the bound that the code gives it", (phase) => {
    const bound = phases.find(([name]) => name === `\`${phase}\``)?.[3];
    expect(bound).toMatch(new RegExp(`^${phaseSeconds[phase]} s\\b`));
  });

  it("says of final phases that they are, and of no other", () => {
    const final = phases.filter(([, , , bound]) => bound === "final").map(([name]) => codeOf(name)[0]);
    expect(final.sort()).toEqual([...FINAL_PHASES].sort());
  });

  it("tells what to do in every phase that something follows, and after an abortion", () => {
    const silent = FINAL_PHASES.filter((phase) => phase !== "aborted") as readonly string[];
    expect(whatToDo.flatMap(([names]) => codeOf(names))).toEqual(PHASES.filter((phase) => !silent.includes(phase)));
  });

  it("names the phases that can be cancelled", () => {
    expect(section("A transfer is stuck").split("### Cancel")[1]?.split(",")[0]).toContain(
      `Only in ${CANCELLABLE_PHASES.map((phase) => `\`${phase}\``).join(" and ")}`,
    );
  });

  it("says how long a node counts as live after it was heard of", () => {
    expect(section("Planned and emergency")).toContain(`the last ${LEASE_MS / 1000} s`);
  });

  it("has the messages that it tells to look for", () => {
    const quoted = [
      ...section("A transfer is stuck").matchAll(/"(a transfer [^"]*|transfers [^"]*|this replica [^"]*)"/g),
    ];
    const driver = readFileSync(join(ROOT, "services/resolution/transfers/driver.ts"), "utf8");
    expect(quoted).toHaveLength(3);
    for (const [, message] of quoted) expect(driver).toContain(message);
  });

  it("has the metrics that it tells to watch", () => {
    const metrics = codeSpans(page).filter((code) => code.startsWith("resolution_"));
    const gauges = readFileSync(join(ROOT, "services/resolution/metrics/store-gauges.ts"), "utf8");
    expect(metrics.length).toBeGreaterThan(0);
    for (const metric of metrics) expect(gauges).toContain(`"${metric}"`);
  });
});

describe("the table of timings", () => {
  const [rows = []] = tables("Timings");
  const defaults = new Map(rows.map(([name, value]) => [codeOf(name)[0], value]));

  it("has every setting and every constant of timings.ts, with its value", () => {
    const constants = Object.entries<unknown>(timings).filter(([, value]) => typeof value === "number");
    const figures = [...Object.entries({ ...phaseSeconds, quietSeconds, maxSettleSeconds }), ...constants];
    expect(Object.fromEntries(defaults)).toEqual({
      ttlSeconds: "configured",
      graceSeconds: "configured",
      ...Object.fromEntries(figures.map(([name, value]) => [name, String(value)])),
    });
  });

  const variables = rows.flatMap(([name = "", , setBy]) =>
    codeOf(setBy)
      .filter((code) => /^[A-Z_]+$/.test(code))
      .map((variable) => ({ timing: codeOf(name)[0] ?? "", variable })),
  );

  it.each(variables)("is right that $variable sets $timing", ({ timing, variable }) => {
    const environment = readEnvironmentFile(committedFile("prod"));
    const database = { host: "10.2.0.3", name: "resolution", user: "api", authorities: "PEM", serverName: "store" };
    const own = apiVariables(environment, "europe-west1", { database, dnsIdentity: "dns@project.example.org" });
    const set = Object.entries<unknown>({ ...own, [variable]: "77" }).map(
      ([key, value]) => [key, String(value)] as const,
    );
    const read = readSettings(Object.fromEntries(set)).timings;
    expect({ ...read, ...read.phaseSeconds }).toMatchObject({ [timing]: 77 });
  });

  it("names a variable for each setting with a default", () => {
    expect(variables).toHaveLength(Object.keys(phaseSeconds).length + 2);
  });
});
