/** Where it is known which container VMs there are. */
import type { Member } from "../settings";

export interface MemberSource {
  /** Parts of the answer that come, and fail, on their own. */
  readonly zones: readonly string[];
  /** The container VMs of one zone that run. Rejects, in time, where that cannot be told. */
  members(zone: string): Promise<readonly Member[]>;
}
