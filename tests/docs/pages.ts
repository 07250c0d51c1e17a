/** The project's pages as tests see them. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export const ROOT = join(__dirname, "..", "..");

export interface Page {
  /** Path from the project's root. */
  readonly path: string;
  readonly text: string;
}

export interface CodeBlock {
  readonly language: string;
  readonly lines: readonly string[];
}

/** README.md and every page below docs/. */
export function allPages(): Page[] {
  const below = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" });
  const paths = ["README.md", ...below.map((path) => join("docs", path))].filter((path) => path.endsWith(".md"));
  return paths.sort().map(readPage);
}

export function readPage(path: string): Page {
  const file = join(ROOT, path);
  return { path: relative(ROOT, file), text: readFileSync(file, "utf8") };
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;

export function codeBlocks({ text }: Page): CodeBlock[] {
  return [...text.matchAll(FENCE)].map(([, language = "", body = ""]) => ({
    language,
    lines: body.trimEnd().split("\n"),
  }));
}

/** The page without its code blocks. */
export function prose({ text }: Page): string {
  return text.replace(FENCE, "");
}

/** Inline code of the page's prose. */
export function codeSpans(page: Page): string[] {
  return [...prose(page).matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

/** What somebody would type: the lines of shell blocks, continued lines joined, comments left out; and inline code. */
export function commandLines(page: Page): string[] {
  const shell = codeBlocks(page).filter(({ language }) => language === "sh");
  const lines = shell.flatMap((block) => withVariables(block.lines.join("\n").replace(/\\\n\s*/g, "")).split("\n"));
  return [...lines.map((line) => line.replace(/\s+#.*$/, "").trim()), ...codeSpans(page)].filter((line) => line !== "");
}

/** Variables that a block sets itself, replaced by what it sets them to. */
function withVariables(block: string): string {
  const set = [...block.matchAll(/^([A-Z_]+)=(\S+)$/gm)];
  return set.reduce((text, [, name = "", value = ""]) => text.replaceAll(`$${name}`, value), block);
}
