import { GKE_CLUSTER } from "../support/machines";
import { ofTypes, type ResourceRule } from "../support/rule";
import { at, show, UNKNOWN } from "../support/values";

const CHANNELS: readonly unknown[] = ["STABLE", "REGULAR", "EXTENDED", "RAPID", UNKNOWN];

export const gkeReleaseChannel: ResourceRule = {
  name: "gke-release-channel",
  description: "GKE clusters follow a release channel, so that they are patched without anybody remembering to.",
  severity: "medium",
  remedy: "set releaseChannel.channel to STABLE or REGULAR",
  appliesTo: ofTypes(GKE_CLUSTER),
  check: ({ properties }) => {
    const channel = at(properties, "releaseChannel.channel");
    return CHANNELS.includes(channel) ? [] : [`releaseChannel.channel is ${show(channel)}`];
  },
};
