import { ofTypes, type ResourceRule } from "../support/rule";
import { show, UNKNOWN } from "../support/values";

/** Seconds. Shorter makes resolvers ask for every request; longer keeps a wrong answer alive for more than an hour. */
const TTL = { min: 5, max: 3600 };

export const dnsTtl: ResourceRule = {
  name: "dns-ttl",
  description: `DNS records are cached for ${TTL.min} seconds to an hour: shorter is a load, longer keeps a mistake alive.`,
  severity: "medium",
  remedy: `set ttl to between ${TTL.min} and ${TTL.max} seconds`,
  appliesTo: ofTypes("gcp:dns/recordSet:RecordSet"),
  check: ({ properties }) => {
    const { ttl } = properties;
    if (ttl === UNKNOWN) return [];
    const inBounds = typeof ttl === "number" && TTL.min <= ttl && ttl <= TTL.max;
    return inBounds ? [] : [`ttl is ${show(ttl)}`];
  },
};
