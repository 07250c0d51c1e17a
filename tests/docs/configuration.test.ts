import { renderJsonSchema } from "../../config/json-schema";
import { configurationKeys, renderConfigurationReference } from "../../docs/configuration-reference";
import { replaceGenerated } from "../../docs/generated-section";
import { allPages, codeSpans, commandLines, readPage } from "./pages";

const schema = renderJsonSchema();
const keys = configurationKeys(schema);

/** `clusters.<name>.region` for `clusters.free.region`, as far as the configuration knows it; undefined if it does not. */
function known(path: string): string | undefined {
  const parts = path.split(".");
  return keys.find((key) => {
    const names = key.split(".");
    return (
      parts.length <= names.length && parts.every((part, index) => names[index] === "<name>" || names[index] === part)
    );
  });
}

describe("the reference of the configuration", () => {
  it("says what the schema says; `npm run generate` brings it up to date", () => {
    const page = readPage("docs/configuration.md").text;
    expect(page).toBe(replaceGenerated(page, "reference", renderConfigurationReference(schema)));
  });

  it("has every key with its meaning", () => {
    const rows = readPage("docs/configuration.md")
      .text.split("\n")
      .filter((line) => line.startsWith("| `"));
    expect(
      rows.filter((row) => row.split(/(?<!\\)\|/).some((cell, index) => index > 0 && index < 5 && cell.trim() === "")),
    ).toEqual([]);
    // Sections that are one value stand in prose.
    expect(rows).toHaveLength(keys.filter((key) => key.includes(".")).length);
  });
});

describe("configuration keys in the documentation", () => {
  const pages = allPages();
  const sections = [...new Set(keys.map((key) => key.split(".")[0] ?? ""))];
  const namespaced = pages.flatMap((page) =>
    [...page.text.matchAll(/platform:([A-Za-z][\w.<>]*\w)/g)].map(([, path = ""]) => ({ page: page.path, path })),
  );
  const dotted = pages.flatMap((page) =>
    [...codeSpans(page), ...commandLines(page)]
      .filter((code) => sections.some((section) => code.startsWith(`${section}.`)) && /^[\w.<>-]+$/.test(code))
      .map((path) => ({ page: page.path, path })),
  );

  it.each([...namespaced, ...dotted])("$page: $path exists", ({ path }) => {
    expect(known(path)).toBeDefined();
  });

  it("would be noticed if they did not", () => {
    expect(known("clusters.free.regoin")).toBeUndefined();
    expect(known("clusterz")).toBeUndefined();
  });
});
