/** HAProxy's whole configuration, from typed data. Pure. */
import type { EdgeSettings, Member, Sibling } from "../settings";
import { defaultsSection } from "./defaults";
import { globalSection } from "./global";
import { healthSection } from "./health";
import { hostingSection } from "./hosting";
import { hostsSection } from "./hosts";
import { siblingSections } from "./siblings";
import { tableSections } from "./tables";
import { checked, CLUSTER, LABEL } from "./text";
import { workspaceSection } from "./workspace";

export { joinedLine } from "./global";
export { memberServer } from "./hosts";
export { HOSTS, SIBLING_SERVER, siblingBackend } from "./names";
export { tables } from "./tables";
export { JOIN_COMMAND, STOP_COMMAND } from "./variables";

/** Labels in lower case, at least one, without trailing dot. */
const ZONE = new RegExp(`^(?:${LABEL}\\.)*${LABEL}$`);

export interface ConfigOptions {
  /** Whether the edge has joined before: health says from the start that it serves. Default false. */
  readonly joined?: boolean;
}

/**
 * The configuration file's text; the same for the same input, in whatever order siblings and members come. It holds keys: write it
 * readable for HAProxy only. Throws a RangeError that names a setting which could not stand in it.
 */
export function edgeConfig(
  settings: EdgeSettings,
  siblings: readonly Sibling[],
  members: readonly Member[],
  { joined = false }: ConfigOptions = {},
): string {
  checked("cluster", settings.cluster, CLUSTER);
  checked("zone", settings.zone, ZONE);
  const inOrder = [...siblings].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    "# Written by the node agent; changes are overwritten.\n",
    globalSection(settings, joined),
    defaultsSection(settings.limits),
    tableSections(),
    hostingSection(settings, inOrder),
    workspaceSection(settings, inOrder),
    healthSection(settings),
    hostsSection(settings, members),
    siblingSections(settings, inOrder),
  ].join("\n");
}
