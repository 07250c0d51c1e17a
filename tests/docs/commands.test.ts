import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseOnly, wordsOf } from "./clusters-command";
import { allPages, commandLines, ROOT } from "./pages";

const lines = allPages().flatMap((page) => commandLines(page).map((line) => ({ page: page.path, line })));

describe("commands in the documentation", () => {
  const clusters = lines.filter(({ line }) => wordsOf(line) !== undefined);

  it.each(clusters)("$page: the command accepts `$line`", ({ line }) => {
    expect(() => parseOnly(wordsOf(line) ?? [])).not.toThrow();
  });

  it("shows the command on the page that people read first", () => {
    expect(clusters.filter(({ page }) => page === "README.md").length).toBeGreaterThanOrEqual(3);
  });

  it("would notice a command or an option that does not exist", () => {
    expect(() => parseOnly(["remove", "prod"])).toThrow();
    expect(() => parseOnly(["preview", "prod", "--no-such-option"])).toThrow();
    expect(() => parseOnly(["config", "check"])).toThrow();
  });

  const targets = [...readFileSync(join(ROOT, "Makefile"), "utf8").matchAll(/^([a-z0-9-]+):.*## /gm)].map(
    ([, name]) => name,
  );
  const makes = lines.flatMap(({ page, line }) => (/^make [a-z]/.test(line) ? [{ page, line }] : []));

  it.each(makes)("$page: the Makefile has the target of `$line`", ({ line }) => {
    expect(targets).toContain(line.split(" ")[1]);
  });

  it("shows the two commands to begin with", () => {
    expect(makes.map(({ line }) => line)).toEqual(expect.arrayContaining(["make sandbox", "make test"]));
  });
});
