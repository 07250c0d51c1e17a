/** What the proof has seen, held against what it should have seen. Pure. */
import { columns, type Paint, plain } from "../../preview/table";

/** A name that is to be visited, and what is to come of it. */
export interface Expected {
  readonly user: string;
  readonly host: string;
  readonly kind: "app" | "WebSocket" | "custom domain";
  /** Cluster that the control API says the user lives in, and its hosting address. */
  readonly cluster: string;
  readonly address: string;
}

/** What one server answered, or why it did not. */
export type Said = { readonly addresses: readonly string[] } | { readonly error: string };

export interface Seen {
  /** By who was asked: `name server europe-west1.ns…`, `resolver`. */
  readonly dns: ReadonlyMap<string, Said>;
  /** Why the name servers of the hosting zone could not be found. */
  readonly undelegated?: string;
  /** The visit; none where DNS gave nowhere to go. */
  readonly visit?: { readonly status: number; readonly cluster: string; readonly by: string; readonly ms: number };
  readonly error?: string;
}

export interface Row extends Expected {
  readonly seen: Seen;
  /** What is wrong; undefined where all is as expected. */
  readonly trouble: string | undefined;
}

export function judge(expected: Expected, seen: Seen): Row {
  return { ...expected, seen, trouble: dnsTrouble(expected, seen) ?? visitTrouble(expected, seen) };
}

function dnsTrouble({ host, address }: Expected, { dns, undelegated }: Seen): string | undefined {
  if (undelegated !== undefined) return `the delegation of the hosting zone cannot be followed: ${undelegated}`;
  for (const [who, said] of dns) {
    if ("error" in said) return `${who} does not answer for ${host}: ${said.error}`;
    if (!said.addresses.includes(address)) {
      return `${who} says that ${host} is at ${said.addresses.join(", ") || "no address"}, expected ${address}`;
    }
  }
  return dns.size === 0 ? "nobody was asked: the hosting zone is delegated to no name server" : undefined;
}

function visitTrouble({ kind, host, address, cluster }: Expected, { visit, error }: Seen): string | undefined {
  if (visit === undefined) return `${host} at ${address} does not answer: ${error ?? "it was not asked"}`;
  const wanted = kind === "WebSocket" ? 101 : 200;
  if (visit.status !== wanted) return `${host} at ${address} answered ${visit.status}, expected ${wanted}`;
  if (visit.cluster !== cluster) return `${host} was served by ${visit.cluster || "nobody"}, expected ${cluster}`;
  return undefined;
}

/** `user | name | DNS answer | served by | latency`. */
export function proofTable(rows: readonly Row[], paint: Paint = plain): string {
  const header = ["user", "name", "", "DNS answer", "cluster that served", "machine/process", "latency", ""];
  const lines = rows.map(({ user, host, kind, seen, trouble }) => [
    user,
    host,
    kind,
    answersOf(seen),
    seen.visit?.cluster ?? "-",
    seen.visit?.by ?? "-",
    seen.visit === undefined ? "-" : `${seen.visit.ms.toFixed(0)} ms`,
    trouble === undefined ? "ok" : "FAILED",
  ]);
  const [first = "", ...rest] = columns([header, ...lines], paint).split("\n");
  return [first, ...rest.map((line, index) => paint(rows[index]?.trouble === undefined ? "good" : "bad", line))].join(
    "\n",
  );
}

function answersOf({ dns }: Seen): string {
  const all = [...dns.values()].flatMap((said) => ("addresses" in said ? said.addresses : []));
  return [...new Set(all)].join(", ") || "-";
}

/** What an unhealthy unit is called, and what is the matter with it. */
export interface Ailing {
  readonly name: string;
  readonly failureDomain: string;
  readonly trouble?: string;
}

/** What was expected and what to do, for a proof that failed; `logs` is the folder of the machines' logs. */
export function remedies(rows: readonly Row[], ailing: readonly Ailing[], logs: string): string[] {
  const wrong = [...new Set(rows.flatMap(({ trouble }) => trouble ?? []))];
  const units = ailing.map(({ name, failureDomain, trouble }) => {
    return `${failureDomain}: ${name} is not well${trouble === undefined ? "" : `: ${trouble}`}`;
  });
  const next =
    units.length > 0
      ? `Mend what is not well first; what it says itself is below ${logs}/.`
      : `Everything runs that is declared, so what is declared does not fit together: compare the stack with the lines above. Logs are below ${logs}/.`;
  return [...wrong, ...units, next];
}
