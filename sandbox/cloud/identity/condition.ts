/**
 * Conditions of IAM grants, as far as they speak of the resource: comparisons of its name, type and service, beginnings and ends of
 * them, and, or, not, parentheses. Anything else of the language throws, so that nobody gets a right by what was not understood. Pure.
 */

/** What conditions speak of. */
export interface ConditionedResource {
  /** Such as `projects/p/instances/i`. */
  readonly name: string;
  /** Such as `sqladmin.googleapis.com/Instance`. */
  readonly type: string;
  /** Such as `sqladmin.googleapis.com`. */
  readonly service: string;
}

/** Whether the condition holds for the resource. Throws an Error for one that is not emulated. */
export function holds(expression: string, resource: ConditionedResource): boolean {
  return new Evaluation(expression, resource).result();
}

const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(&&|\|\||==|!=|!|\(|\))|([A-Za-z_][\w.]*))\s*/y;

type Token = { readonly text: string } | { readonly symbol: string } | { readonly word: string };

class Evaluation {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(
    private readonly expression: string,
    private readonly resource: ConditionedResource,
  ) {
    this.tokens = this.tokenize();
  }

  result(): boolean {
    const value = this.or();
    if (this.at < this.tokens.length) throw this.unknown();
    return value;
  }

  private tokenize(): Token[] {
    const tokens: Token[] = [];
    const pattern = new RegExp(TOKEN);
    for (let end = 0; end < this.expression.length; end = pattern.lastIndex) {
      pattern.lastIndex = end;
      const [, text, symbol, word] = pattern.exec(this.expression) ?? [];
      if (text !== undefined) tokens.push({ text: text.slice(1, -1).replace(/\\(.)/g, "$1") });
      else if (symbol !== undefined) tokens.push({ symbol });
      else if (word !== undefined) tokens.push({ word });
      else throw this.unknown();
    }
    return tokens;
  }

  // Both sides are always read: what is not understood must throw, wherever it stands.
  private or(): boolean {
    let value = this.and();
    while (this.takes("||")) value = this.and() || value;
    return value;
  }

  private and(): boolean {
    let value = this.not();
    while (this.takes("&&")) value = this.not() && value;
    return value;
  }

  private not(): boolean {
    if (this.takes("!")) return !this.not();
    if (!this.takes("(")) return this.comparison();
    const value = this.or();
    this.expect(")");
    return value;
  }

  private comparison(): boolean {
    const next = this.tokens[this.at];
    const [, attribute, method] = /^(.*)\.(startsWith|endsWith)$/.exec(wordOf(next)) ?? [];
    if (attribute !== undefined && method !== undefined) {
      this.at++;
      this.expect("(");
      const argument = this.operand();
      this.expect(")");
      const value = this.attribute(attribute);
      return method === "startsWith" ? value.startsWith(argument) : value.endsWith(argument);
    }
    const left = this.operand();
    if (this.takes("==")) return left === this.operand();
    this.expect("!=");
    return left !== this.operand();
  }

  private operand(): string {
    const token = this.tokens[this.at++];
    if (token !== undefined && "text" in token) return token.text;
    return this.attribute(wordOf(token));
  }

  private attribute(name: string): string {
    if (name === "resource.name") return this.resource.name;
    if (name === "resource.type") return this.resource.type;
    if (name === "resource.service") return this.resource.service;
    throw this.unknown();
  }

  private takes(symbol: string): boolean {
    const token = this.tokens[this.at];
    const isIt = token !== undefined && "symbol" in token && token.symbol === symbol;
    if (isIt) this.at++;
    return isIt;
  }

  private expect(symbol: string): void {
    if (!this.takes(symbol)) throw this.unknown();
  }

  private unknown(): Error {
    return new Error(`the condition ${this.expression} of an IAM grant is not emulated`);
  }
}

function wordOf(token: Token | undefined): string {
  return token !== undefined && "word" in token ? token.word : "";
}
