/** What tests of the local cloud's parts have in common. */
import type { Log } from "../../../sandbox/cloud/context";
import type { Records } from "../../../sandbox/cloud/controller";

export const NO_RECORDS: Records = { google: () => [], kubernetesClusters: () => [], kubernetes: () => [] };

const nothing = () => undefined;
export const SILENT: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
