/**
 * Equal values as one object. A million users live in a few clusters: told one by one, their values would take more memory than all
 * their names. Pure but for what it remembers.
 */

/** Values remembered. Kinds of entry whose values are all different, such as custom domains, must not fill memory with them. */
const MAX_REMEMBERED = 1000;

export class SharedValues {
  private readonly known = new Map<string, unknown>();

  /** An equal value, which nobody may change. */
  share<T>(value: T): T {
    const text = JSON.stringify(value);
    const known = this.known.get(text);
    if (known !== undefined) return known as T;
    if (this.known.size >= MAX_REMEMBERED) this.known.clear();
    this.known.set(text, value);
    return value;
  }
}
