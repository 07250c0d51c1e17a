import { IAP_RANGE } from "../../components/google-ranges";
import { isPublic, liesIn } from "../support/address-ranges";
import { allowedIn, FIREWALL, sourceRanges } from "../support/firewalls";
import { formatPortRange, includesPort } from "../support/port-ranges";
import { ofTypes, type ResourceRule } from "../support/rule";
import { show } from "../support/values";

const SSH_PORT = 22;

export const noSshFromInternet: ResourceRule = {
  name: "no-ssh-from-internet",
  description:
    "SSH is reached through the Identity-Aware Proxy alone, which asks who is calling; no other public address may.",
  severity: "critical",
  remedy: `allow port ${SSH_PORT} from ${IAP_RANGE} only, and leave it out of wider port ranges`,
  appliesTo: ofTypes(FIREWALL),
  check: ({ properties }) => {
    const fromInternet = sourceRanges(properties).filter((range) => isPublic(range) && !liesIn(range, IAP_RANGE));
    if (fromInternet.length === 0) return [];
    return allowedIn(properties)
      .filter(({ protocol, ports }) => ["tcp", "all"].includes(protocol) && includesPort(ports, SSH_PORT))
      .map(({ protocol, ports }) => {
        const opened = `${protocol} ${ports.map(formatPortRange).join(", ")}`;
        return `${opened} includes SSH and is open to ${show(fromInternet)}`;
      });
  },
};
