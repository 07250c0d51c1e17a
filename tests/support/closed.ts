import type { EventEmitter } from "node:events";

/** Resolves when a socket or stream has closed, be it by an error that the test does not mind; `once` would reject at that. */
export async function closed(emitter: EventEmitter): Promise<void> {
  await new Promise<void>((resolve) => emitter.once("close", () => resolve()));
}
