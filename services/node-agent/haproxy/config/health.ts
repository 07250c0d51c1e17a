/** Listener `health`: for load balancers and autohealing. Pure. */
import type { EdgeSettings } from "../settings";
import { HEALTH_PATH } from "./entry";
import { HEALTH_CONNECTIONS } from "./global";
import { endpoint, section } from "./text";
import { isStopping } from "./variables";

/**
 * 200 while the edge serves, 503 once {@link STOP_COMMAND} has said that it is to stop. HAProxy's own `grace` would tell as well, but
 * whenever a reload replaces a process, too: that one would go on accepting connections, with maps that nobody changes any more.
 */
export function healthSection({ bindAddress, ports }: EdgeSettings): string {
  return section("frontend health", [
    `bind ${endpoint(bindAddress, ports.health)}`,
    `maxconn ${HEALTH_CONNECTIONS}`,
    "timeout client 5s",
    `monitor-uri ${HEALTH_PATH}`,
    `monitor fail if ${isStopping}`,
    "http-request return status 404",
  ]);
}
