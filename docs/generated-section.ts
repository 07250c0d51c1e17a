/** The parts of a page that are derived from code: what stands between two marks. Pure. */

function marksOf(name: string): { begin: string; end: string } {
  return { begin: `<!-- generated: ${name} -->`, end: `<!-- end of generated: ${name} -->` };
}

/** The page with new content between the marks of this name. Throws an Error when the page has no such marks. */
export function replaceGenerated(page: string, name: string, content: string): string {
  const { begin, end } = marksOf(name);
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page has no "${begin}" followed by "${end}"`);
  return `${page.slice(0, from + begin.length)}\n\n${content.trim()}\n\n${page.slice(to)}`;
}

/** A Markdown table. A cell may hold anything but line breaks. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}
