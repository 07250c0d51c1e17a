/** Asking the public DNS what a domain's owner has put there. */
import { Resolver } from "node:dns/promises";
import { setTimeout as delay } from "node:timers/promises";

/** Absent records are an empty answer; anything else that goes wrong is an error. */
export interface DomainLookup {
  /** Targets of a name's CNAME record. */
  cname(name: string): Promise<string[]>;
  /** Texts of a name's TXT records, each joined from its strings. */
  txt(name: string): Promise<string[]>;
}

/** Milliseconds that a server has for an answer, tries per server, and most milliseconds for all together. */
const TIMEOUT_MS = 1_000;
const TRIES = 2;
const DEADLINE_MS = 3_000;
const ABSENT = new Set(["ENODATA", "ENOTFOUND"]);

/** Asks the machine's resolvers, or those that are given, as `address` or `address:port`. */
export function dnsLookup(servers?: readonly string[]): DomainLookup {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers !== undefined) resolver.setServers(servers);
  return {
    cname: async (name) => await present(resolver.resolveCname(name)),
    txt: async (name) => (await present(resolver.resolveTxt(name))).map((strings) => strings.join("")),
  };
}

async function present<T>(answer: Promise<T[]>): Promise<T[]> {
  try {
    return await inTime(answer);
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const done = new AbortController();
  const deadline = delay(DEADLINE_MS, undefined, { signal: done.signal, ref: false }).then(() => {
    throw new Error(`DNS did not answer within ${DEADLINE_MS} ms`);
  });
  try {
    return await Promise.race([answer, deadline]);
  } finally {
    done.abort();
  }
}
