/** What must be so after a transfer, whatever was killed in it. Each fault begins with the invariant that it breaks. */
import { itemsOf } from "../../../../services/contracts/client";
import type { DnsLoad } from "../../support/dns-load";
import type { System } from "../../support/system";
import { DESTINATION, SOURCE } from "./pauses";
import type { Victim } from "./victims";

/** I4 and I5: it ended as its rules say, once, and store, name servers and hosts agree on where the user lives now. */
export async function hasEndedRightly(
  system: System,
  user: string,
  outcome: string,
  expected: "done" | "aborted",
): Promise<string[]> {
  const homes = expected === "done" ? [SOURCE, DESTINATION] : [SOURCE];
  const home = homes.at(-1) ?? "";
  const { items: transfers } = await system.client("operator").listTransfers({ user });
  const stored = await system.client("platform").getUser(user);
  const published = await system.publishedClusters(user);
  return [
    ...differs("I5: the transfer", outcome, expected),
    ...differs("I4: the number of the user's transfers", transfers.length, 1),
    ...differs("I4: where the user's containers were started", system.fleet.ledger.startsOf(user).join(), homes.join()),
    ...differs("I4: the user's home", stored.home, home),
    ...published.flatMap((cluster, index) => differs(`I4: the answer of dns-${index + 1}`, cluster, home)),
    ...(await wrongCounts(system)),
  ];
}

/** Every request of the user's visitors was served, and name servers that run answered every question themselves. */
export function isServedRightly({ fleet }: System, victim: Victim, user: string, load: DnsLoad): string[] {
  const failures = fleet.ledger.failures(user);
  const passedOn = victim === "Knot" ? 0 : load.answeredByAnother;
  return [
    ...failures.map(({ path, outcome }) => `a request was ${outcome} after ${path.join(" -> ")}`),
    ...load.failures.map((failure) => `DNS: ${failure}`),
    ...(passedOn > 0 ? [`DNS: a name server that ran left ${passedOn} questions to the other`] : []),
  ];
}

/** I4: a transfer that is applied twice moves two users from one count to the other. */
async function wrongCounts(system: System): Promise<string[]> {
  const counts = new Map<string, number>();
  const platform = system.client("platform");
  for await (const { home } of itemsOf((cursor) => platform.listUsers({ ...(cursor !== undefined && { cursor }) }))) {
    counts.set(home, (counts.get(home) ?? 0) + 1);
  }
  const { items } = await system.client("operator").listClusters();
  return items.flatMap(({ name, users, arriving }) => [
    ...differs(`I4: users counted in ${name}`, users, counts.get(name) ?? 0),
    ...differs(`I4: users arriving in ${name}`, arriving, 0),
  ]);
}

function differs<T>(what: string, actual: T | undefined, expected: T): string[] {
  return actual === expected ? [] : [`${what} is ${String(actual ?? "nothing")} and should be ${String(expected)}`];
}
