/** systemd's rules for the words of a command line (systemd.service(5), systemd.syntax(7)). Pure. */

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\",
  '"': '"',
  "'": "'",
  s: " ",
  t: "\t",
  n: "\n",
};

/**
 * Splits a command: blanks separate words, quotes of either kind hold them together, `\` escapes, `%%` and `$$` stand for one.
 * Throws an Error for an open quote, and for specifiers, variables and escapes, which mean something else than themselves.
 */
export function splitWords(text: string): string[] {
  // An unquoted semicolon by itself separates commands.
  if (/(^|\s);(\s|$)/.test(text.replace(/"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/g, "quoted"))) {
    throw new Error(`${text}: several commands in one line are not emulated`);
  }
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote !== "" && char === quote) {
      quote = "";
    } else if (quote === "" && (char === '"' || char === "'")) {
      quote = char;
      word ??= "";
    } else if (quote === "" && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "\\" || char === "%" || char === "$") {
      word = (word ?? "") + escaped(text, at);
      at++;
    } else {
      word = (word ?? "") + char;
    }
  }
  if (quote !== "") throw new Error(`${text}: a quote ${quote} is open at the end`);
  if (word !== undefined) words.push(word);
  return words;
}

function escaped(text: string, at: number): string {
  const char = text.charAt(at);
  const next = text.charAt(at + 1);
  const meaning = char === "\\" ? ESCAPES[next] : next === char ? char : undefined;
  if (meaning !== undefined && next !== "") return meaning;
  const what = { "\\": "an escape", "%": "a specifier", $: "a variable" }[char] ?? "";
  throw new Error(`${text}: ${char}${next} is ${what} that the sandbox does not know`);
}
