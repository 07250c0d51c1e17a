/** The law, as a table: what the feed and the control API say, and what follows. */
import {
  answered,
  forgotten,
  isUnconfirmed,
  mustStop,
  permission,
  told,
  VERDICT_MS,
  type Permission,
  type Verdict,
} from "../../../services/container-host/residency/standing";
import type { Residency } from "../../../services/contracts/feed";

type Row = readonly [
  entry: Residency | undefined,
  verdict: Verdict | undefined,
  isFeedLive: boolean,
  permission: Permission,
  mustStop: boolean,
  isUnconfirmed: boolean,
];

const TABLE: readonly Row[] = [
  // Who arrives or leaves does not run, whatever anybody has answered, and whether or not the feed is there.
  ...([undefined, "resident", "elsewhere", "unknown", "unanswered"] as const).flatMap((verdict) =>
    [true, false].flatMap((isLive): Row[] => [
      ["arriving", verdict, isLive, "hold", true, false],
      ["leaving", verdict, isLive, "leaving", true, false],
    ]),
  ),
  // Who is resident by a feed that is live needs no answer.
  ...([undefined, "resident", "elsewhere", "unknown", "unanswered"] as const).map((verdict): Row => [
    "resident",
    verdict,
    true,
    "run",
    false,
    false,
  ]),
  // Of everybody else the control API is asked.
  ...(
    [
      ["resident", false],
      [undefined, true],
      [undefined, false],
    ] as const
  ).flatMap(([entry, isLive]): Row[] => [
    [entry, undefined, isLive, "ask", false, true],
    [entry, "resident", isLive, "run", false, false],
    [entry, "elsewhere", isLive, "elsewhere", true, false],
    [entry, "unknown", isLive, "unknown", true, false],
    [entry, "unanswered", isLive, "run", false, true],
  ]),
];

it.each(TABLE)(
  "entry %s, answer %s, feed live %s: %s, must stop %s, unconfirmed %s",
  (entry, verdict, isLive, ...follows) => {
    const standing = verdict === undefined ? told(entry) : answered(told(entry), verdict, 0);
    const found = [
      permission(standing, isLive, VERDICT_MS - 1),
      mustStop(standing, isLive),
      isUnconfirmed(standing, isLive),
    ];
    expect(found).toEqual(follows);
  },
);

it.each(["elsewhere", "unknown", "unanswered"] as const)("the answer %s is asked for anew after a while", (verdict) => {
  expect(permission(answered(told(undefined), verdict, 0), true, VERDICT_MS)).toBe("ask");
});

it("the answer that a user lives here holds until the feed says something else or is lost", () => {
  const standing = answered(told(undefined), "resident", 0);
  expect(permission(standing, true, 1e9)).toBe("run");
  expect(permission(forgotten(standing), true, 0)).toBe("ask");
});
