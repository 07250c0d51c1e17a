/** A connection that has PostgreSQL parse and plan each of its statements once. */
import { createHash } from "node:crypto";
import { Client } from "pg";

/** One plan per statement, whatever its values: planning them anew took as long as running them. */
export const GENERIC_PLANS = "-c plan_cache_mode=force_generic_plan";

/**
 * Statements with values are prepared under a name that is made from their text. For connections whose statements are few and
 * constant: each that was prepared is kept until the connection ends.
 */
export class PreparingClient extends Client {
  private readonly names = new Map<string, string>();

  override query(...args: unknown[]): never {
    const [text, values, ...others] = args;
    const prepared = typeof text === "string" && Array.isArray(values);
    const told = prepared ? [{ name: this.nameOf(text), text, values }, ...others] : args;
    return (super.query as (...all: unknown[]) => unknown).apply(this, told) as never;
  }

  private nameOf(text: string): string {
    const name = this.names.get(text) ?? createHash("sha256").update(text).digest("hex").slice(0, 32);
    this.names.set(text, name);
    return name;
  }
}
