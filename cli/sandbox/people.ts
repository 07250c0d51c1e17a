/** Makes sure that the sample users exist, whatever exists of them already. */
import { itemsOf } from "../../services/contracts/client";
import { Problem, type ProblemType } from "../../services/contracts/problems";
import type { LiveEnvironment } from "../live/environment";
import { recordOwnZone } from "./own-zone";
import { ownDomain, sampleUsers, type OwnDomain } from "./samples";

/** Creates the users that are missing, and gives the first one a domain of their own. Returns that domain. */
export async function ensureSamples(
  live: LiveEnvironment,
  notify: (text: string) => void,
): Promise<OwnDomain | undefined> {
  const { environment, platform } = live;
  const known = new Set<string>();
  for await (const { label } of itemsOf((cursor) => platform.listUsers({ limit: 1000, ...(cursor && { cursor }) }))) {
    known.add(label);
  }
  const wanted = sampleUsers(environment);
  const missing = wanted.filter(({ user }) => !known.has(user));
  if (missing.length > 0) notify(`creating sample users: ${missing.map(({ user }) => user).join(", ")}`);
  for (const { user, plan } of missing) {
    await unless("user-exists", platform.createUser({ label: user, plan }));
  }
  const [first] = wanted;
  return first === undefined ? undefined : await ensureDomain(live, ownDomain(first, environment.domain.zone), notify);
}

async function ensureDomain(
  { cloud, platform }: LiveEnvironment,
  domain: OwnDomain,
  notify: (text: string) => void,
): Promise<OwnDomain> {
  await recordOwnZone(cloud, domain);
  const { user, name, host } = domain;
  const { items } = await platform.listDomains(user);
  const claim = items.find((item) => item.name === name) ?? (await platform.claimDomain(user, { name, host }));
  if (claim.verified) return domain;
  notify(`verifying ${user}'s domain ${name} by its CNAME`);
  await platform.verifyDomain(user, name);
  return domain;
}

/** Waits for what may be refused because it has been done before. */
async function unless(type: ProblemType, done: Promise<unknown>): Promise<void> {
  await done.catch((error: unknown) => {
    if (!(error instanceof Problem && error.type === type)) throw error;
  });
}
