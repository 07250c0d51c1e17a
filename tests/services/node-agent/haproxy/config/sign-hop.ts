/** Hop headers as docs/edge.md describes them, signed independently of the configuration. */
import { createHmac } from "node:crypto";
import { HOP_KEYS } from "./edge";

export interface Hop {
  readonly version?: string;
  readonly seconds?: number;
  readonly clusters?: string;
  readonly client?: string;
  readonly method?: string;
  readonly host: string;
  readonly key?: string;
}

export function signHop(hop: Hop): string {
  const { version = "v1", clusters = "pro", client = "198.51.100.7", method = "GET", host, key = HOP_KEYS[0] } = hop;
  const { seconds = Math.floor(Date.now() / 1000) } = hop;
  const said = `${version};${seconds};${clusters};${client}`;
  return `${said};${createHmac("sha256", key).update(`${said};${method};${host}`).digest("base64")}`;
}
