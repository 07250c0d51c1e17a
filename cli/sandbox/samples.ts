/** Users that the sandbox begins with. Pure. */
import type { Environment } from "../../config";

const NAMES = [
  "alice",
  "bob",
  "carol",
  "dave",
  "erin",
  "frank",
  "grace",
  "heidi",
  "ivan",
  "judy",
  "mallory",
  "niaj",
] as const;

/** A user's app that answers with the request, and the one that echoes over WebSockets. */
export const APPS = { http: "hello", webSocket: "ws" } as const;

export interface Sample {
  readonly user: string;
  readonly plan: string;
}

/** They spread over the plans as the plans' clusters do: each cluster gets about as many. */
export function sampleUsers({ clusters }: Pick<Environment, "clusters">): Sample[] {
  const plans = Object.values(clusters).flatMap(({ lifecycle, plans: taken = [] }) =>
    lifecycle === "active" ? taken.slice(0, 1) : [],
  );
  return NAMES.flatMap((user, index) => {
    const plan = plans[index % plans.length];
    return plan === undefined ? [] : [{ user, plan }];
  });
}

/** A domain of the user's own, and the zone in which its owner has put it. No such name exists outside (RFC 2606). */
export interface OwnDomain {
  readonly user: string;
  readonly name: string;
  readonly zone: string;
  /** App that it stands for. */
  readonly host: string;
}

export function ownDomain({ user }: Sample, zone: string): OwnDomain {
  return { user, name: `www.${user}.example`, zone: `${user}.example`, host: appHost(APPS.http, user, zone) };
}

/** Name of a user's app. */
export function appHost(app: string, user: string, zone: string): string {
  return `${app}.${user}.${zone}`;
}
