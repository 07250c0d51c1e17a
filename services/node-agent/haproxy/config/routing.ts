/** From a user to the backend that takes their request. Pure. */
import { loopDetected, pages, siblingBusy } from "../pages";
import { filesIn, NO_ENTRY, type MapFiles, type MapName } from "../files";
import type { EdgeSettings, Sibling } from "../settings";
import { counters } from "./entry";
import { goesInCircles } from "./hop";
import { HOSTS, siblingBackend, UNKNOWN_SIBLING, type Purpose } from "./names";
import { answer } from "./replies";
import { RATE_SECONDS, tables } from "./tables";
import { ABSENT, is, request } from "./variables";

/** Looks a variable up in a map's two files; the result is NO_ENTRY where neither has it. */
export function lookup(directory: string, map: MapName, key: string, result: string, condition = ""): string[] {
  const { base, recent }: MapFiles = filesIn(directory).maps[map];
  return [
    `http-request set-var(${result}) var(${key}),map(${recent},${ABSENT}) ${condition}`.trimEnd(),
    `http-request set-var(${result}) var(${key}),map(${base},${NO_ENTRY}) if ${is(result, ABSENT)}`,
  ];
}

/** What a user may use of the edge. */
export function userLimits({ limits }: EdgeSettings): string[] {
  const { user } = counters;
  const refuse = answer(pages.tooManyRequests);
  return [
    `http-request track-sc${user} var(${request.user}) table ${tables.users}`,
    `${refuse} if { sc${user}_http_req_rate gt ${limits.requestRatePerUser * RATE_SECONDS} }`,
    `${refuse} if { sc${user}_conn_cur gt ${limits.concurrentPerUser} }`,
  ];
}

/** Sends those who have moved after their user, and the others to a container VM. */
export function route(settings: EdgeSettings, siblings: readonly Sibling[], purpose: Purpose): string[] {
  const { cluster, directory, limits } = settings;
  const hasMoved = `!${is(request.sibling, NO_ENTRY)}`;
  const backends = siblings.map(({ name }) => ({ name, backend: siblingBackend(purpose, name) }));
  return [
    ...lookup(directory, "tombstones", request.user, request.sibling),
    `http-request track-sc${counters.tombstoned} var(${request.user}) table ${tables.tombstoned} if ${hasMoved}`,
    // Their next request asks DNS again, which may know of the new cluster by then.
    `http-after-response set-header connection close if ${hasMoved} !{ status 101 }`,
    ...goesInCircles(cluster).map((again) => `${answer(loopDetected(cluster))} if ${hasMoved} ${again}`),
    ...backends.map(
      ({ name, backend }) =>
        `${answer(siblingBusy(cluster, name))} if ${is(request.sibling, name)} { queue(${backend}) ge ${limits.queuePerSibling} }`,
    ),
    `use_backend ${HOSTS} unless ${hasMoved}`,
    ...backends.map(({ name, backend }) => `use_backend ${backend} if ${is(request.sibling, name)}`),
    // Never a container VM: the user's containers run elsewhere.
    `default_backend ${UNKNOWN_SIBLING}`,
  ];
}
