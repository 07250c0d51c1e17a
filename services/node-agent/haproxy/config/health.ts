/** Listener `health`: for load balancers and autohealing. Pure. */
import type { EdgeSettings } from "../settings";
import { HEALTH_PATH } from "./entry";
import { HEALTH_CONNECTIONS } from "./global";
import { endpoint, section } from "./text";
import { hasJoined, isStopping } from "./variables";

/**
 * 503 before the edge has joined, 200 while it serves, 503 once {@link STOP_COMMAND} has said that it is to stop. It joins once, by
 * {@link JOIN_COMMAND}, and from then on as it starts: that container VMs fail later is no fault of the edge's, which still sends users
 * who have moved to where they are. HAProxy's own `grace` would tell as well, but
 * whenever a reload replaces a process, too: that one would go on accepting connections, with maps that nobody changes any more.
 */
export function healthSection({ bindAddress, ports }: EdgeSettings): string {
  return section("frontend health", [
    `bind ${endpoint(bindAddress, ports.health)}`,
    `maxconn ${HEALTH_CONNECTIONS}`,
    "timeout client 5s",
    `monitor-uri ${HEALTH_PATH}`,
    `monitor fail unless ${hasJoined}`,
    `monitor fail if ${isStopping}`,
    "http-request return status 404",
  ]);
}
