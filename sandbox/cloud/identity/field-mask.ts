/** Partial responses of Google's APIs: `items(name,networkInterfaces/networkIP),nextPageToken`. Pure. */

/** Fields by name; one without any below it is wanted whole. */
interface Mask {
  readonly [field: string]: Mask;
}

/** What of a value the mask asks for. Throws a SyntaxError for one that is none. */
export function selectFields(value: unknown, mask: string): unknown {
  return select(value, new MaskParser(mask).parse());
}

function select(value: unknown, mask: Mask): unknown {
  if (Array.isArray(value)) return value.map((item) => select(item, mask));
  if (typeof value !== "object" || value === null || Object.keys(mask).length === 0) return value;
  const wanted = (key: string) => mask[key] ?? mask["*"];
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const below = wanted(key);
      return below === undefined ? [] : [[key, select(item, below)]];
    }),
  );
}

class MaskParser {
  private readonly tokens: readonly string[];
  private at = 0;

  constructor(private readonly mask: string) {
    this.tokens = mask.match(/[\w*-]+|[^\s]/g) ?? [];
  }

  parse(): Mask {
    const fields = this.list();
    if (this.at < this.tokens.length) throw this.invalid();
    return fields;
  }

  private list(): Mask {
    const fields: Record<string, Mask> = {};
    do {
      const name = this.tokens[this.at++] ?? "";
      if (!/^[\w*-]+$/.test(name)) throw this.invalid();
      fields[name] = { ...fields[name], ...this.below() };
    } while (this.takes(","));
    return fields;
  }

  private below(): Mask {
    if (this.takes("/")) {
      const name = this.tokens[this.at++] ?? "";
      if (!/^[\w*-]+$/.test(name)) throw this.invalid();
      return { [name]: this.below() };
    }
    if (!this.takes("(")) return {};
    const fields = this.list();
    if (!this.takes(")")) throw this.invalid();
    return fields;
  }

  private takes(token: string): boolean {
    const isIt = this.tokens[this.at] === token;
    if (isIt) this.at++;
    return isIt;
  }

  private invalid(): SyntaxError {
    return new SyntaxError(`Invalid field selection ${this.mask}`);
  }
}
