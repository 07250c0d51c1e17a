import { existsSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { allPages, codeSpans, prose, readPage, ROOT, type Page } from "./pages";

const pages = allPages();

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}

function anchorsOf(page: Page): string[] {
  return [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));
}

const links = pages.flatMap((page) =>
  [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => ({ page: page.path, target }))
    .filter(({ target }) => !/^https?:/.test(target)),
);

describe("links of the documentation", () => {
  it.each(links)("$page: $target leads somewhere", ({ page, target }) => {
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : normalize(join(dirname(page), path));
    expect(existsSync(join(ROOT, file))).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(readPage(file))).toContain(anchor);
  });

  it("lead from the README to every page", () => {
    const linked = new Set(links.map(({ page, target }) => normalize(join(dirname(page), target.split("#")[0] ?? ""))));
    const unlinked = pages.map(({ path }) => path).filter((path) => path !== "README.md" && !linked.has(path));
    expect(unlinked).toEqual([]);
  });
});

describe("files that the documentation names", () => {
  const folders = readdirSync(ROOT, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
  const named = pages.flatMap((page) =>
    codeSpans(page)
      .filter(
        (code) =>
          /^[\w.-]+(\/[\w.-]+)*\/?$/.test(code) && folders.includes(code.split("/")[0] ?? "") && code.includes("/"),
      )
      .map((path) => ({ page: page.path, path })),
  );

  it.each(named)("$page: $path exists", ({ path }) => {
    // What a run leaves behind is not there before it.
    if (!path.startsWith(".sandbox")) expect(existsSync(join(ROOT, path))).toBe(true);
  });

  it("are named at all", () => {
    expect(named.length).toBeGreaterThan(10);
  });
});
