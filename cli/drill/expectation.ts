/** What a drill promises, as data, and whether it was kept. Pure. */
import type { Group } from "./statistics";

/** What becomes of visitors. Those of other clusters than the one that it happens to are never harmed. */
export interface Expectation {
  /** `notice`: all of the cluster's users do, and nobody else. `unharmed`: nobody does. */
  readonly users: "notice" | "unharmed";
  /** Most seconds from the lifting until every user's requests are answered again. */
  readonly recoverySeconds: number;
}

export interface Check {
  readonly what: string;
  readonly expected: string;
  readonly measured: string;
  readonly passed: boolean;
}

/** @param recovered whether every user's requests were answered in the end */
export function judge(
  { users, recoverySeconds }: Expectation,
  cluster: string | undefined,
  groups: readonly Group[],
  recovered: boolean,
): Check[] {
  const inside = users === "notice" ? groups.filter((group) => group.cluster === cluster) : [];
  const outside = groups.filter((group) => !inside.includes(group));
  const where = inside.length === 0 ? "" : ` outside ${cluster}`;
  return [
    none(
      `failed requests${where}`,
      sum(outside, ({ failed }) => failed),
    ),
    none(
      `WebSockets cut${where}`,
      sum(outside, ({ cut }) => cut),
    ),
    ...(inside.length === 0 ? [] : [shareCheck(inside, groups)]),
    recoveryCheck(groups, recoverySeconds, recovered),
  ];
}

/** A check that something has not happened at all. */
export function none(what: string, count: number): Check {
  return { what, expected: "0", measured: String(count), passed: count === 0 };
}

/** A check that something is so. */
export function fact(what: string, expected: string, measured: string, passed = measured === expected): Check {
  return { what, expected, measured, passed };
}

function shareCheck(inside: readonly Group[], groups: readonly Group[]): Check {
  const all = sum(groups, ({ users }) => users);
  const theirs = sum(inside, ({ users }) => users);
  const noticing = sum(groups, (group) => group.noticing.length);
  const expected = share(theirs, all);
  const passed = noticing === theirs && inside.every((group) => group.noticing.length === group.users);
  return { what: "users who notice", expected, measured: share(noticing, all), passed };
}

function recoveryCheck(groups: readonly Group[], bound: number, recovered: boolean): Check {
  const slowest = groups.reduce((most, { recoveredMs = 0 }) => Math.max(most, recoveredMs), 0) / 1000;
  return {
    what: "all are served again",
    expected: `within ${bound} s`,
    measured: recovered ? `after ${slowest.toFixed(1)} s` : `not within ${bound} s`,
    passed: recovered && slowest <= bound,
  };
}

function share(part: number, all: number): string {
  return `${all === 0 ? 0 : Math.round((part / all) * 100)} % (${part} of ${all})`;
}

function sum(groups: readonly Group[], count: (group: Group) => number): number {
  return groups.reduce((total, group) => total + count(group), 0);
}
