import type { StackRule } from "../support/rule";

/**
 * Seconds. Public resolvers are known to hold an answer for five minutes whatever its TTL, so a tombstone outlives it by
 * at least that; beyond a day it only keeps traffic on a detour.
 */
const GRACE = { min: 300, max: 86_400 };
/** Seconds. In an emergency a user's new home must be known within minutes. */
const LONGEST_TTL = 300;

export const tombstoneGrace: StackRule = {
  name: "tombstone-grace",
  description:
    "In production a moved user's old answers die out within minutes, and the tombstone outlives them by five minutes at least.",
  severity: "high",
  remedy: `set platform:domain.ttl to at most ${LONGEST_TTL} and .grace to between ${GRACE.min} and ${GRACE.max} seconds`,
  reads: () => false,
  checkStack: (_resources, { environment }) => {
    const { ttl, grace } = environment.domain;
    if (!environment.production) return [];
    return [
      ...(ttl > LONGEST_TTL ? [{ message: `domain.ttl is ${ttl}` }] : []),
      ...(grace < GRACE.min || grace > GRACE.max ? [{ message: `domain.grace is ${grace}` }] : []),
    ];
  },
};
