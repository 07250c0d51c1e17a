/** The firewall as it is recorded, and the VM's own. */
import { parseCidr, type Cidr } from "../../../../config/cidr";
import { sameLink, shortName } from "../../../gcp/links";
import { list, object, text } from "../../../provider/values";
import type { Firewall, Instance } from "../../context";
import type { Records } from "../../controller";
import { linked } from "../find-record";
import { TYPES } from "../types";
import { decide, parseRule, type Source, type Verdict } from "./rules";

type Asked = { readonly range: string } | { readonly serviceAccount: string };

/** Evaluates `gcp:compute/firewall:Firewall` records, and the ports that a VM's cloud-init accepts. */
export class RecordedFirewall implements Firewall {
  allows(records: Records, target: Instance, port: number, asked: Asked): Verdict {
    const source = "range" in asked ? fromRange(asked.range) : fromAccount(records, target, asked.serviceAccount);
    if (source.ranges.length === 0) {
      const reason = `no VM of ${source.shown} is in ${shortName(target.network)}, and no other VPC reaches it`;
      return { allowed: false, reason };
    }
    const verdict = decided(records, target, port, source);
    return verdict.allowed && !accepts(target, port) ? refusedByHost(target, port) : verdict;
  }
}

/** While there is a rule that cannot be evaluated, nothing comes in. */
function decided(records: Records, { network, serviceAccount }: Instance, port: number, source: Source): Verdict {
  try {
    const rules = records.google(TYPES.firewall).filter(({ outputs }) => sameLink(text(outputs.network), network));
    const known = rules.map(parseRule).filter((rule) => rule !== undefined);
    return decide(known, serviceAccount, port, source);
  } catch (error) {
    return { allowed: false, reason: (error as Error).message };
  }
}

function fromRange(range: string): Source {
  return { ranges: [parseCidr(range)], shown: range };
}

/** Machines of a service account send from the subnets that its templates put them in. */
function fromAccount(records: Records, { network }: Instance, serviceAccount: string): Source {
  const ranges = records.google(TYPES.template).flatMap(({ outputs }) => {
    if (text(object(outputs.serviceAccount).email) !== serviceAccount) return [];
    return list(outputs.networkInterfaces).flatMap((nic) => rangeOf(records, network, text(object(nic).subnetwork)));
  });
  return { ranges, serviceAccount, shown: serviceAccount };
}

function rangeOf(records: Records, network: string, link: string): Cidr[] {
  const outputs = linked(records, TYPES.subnetwork, link)?.outputs;
  return outputs !== undefined && sameLink(text(outputs.network), network)
    ? [parseCidr(text(outputs.ipCidrRange))]
    : [];
}

function accepts({ machine }: Instance, port: number): boolean {
  return machine.spec.containers.some(({ ports }) => ports?.includes(port) ?? true);
}

function refusedByHost({ name }: Instance, port: number): Verdict {
  return {
    allowed: false,
    reason: `${name} itself does not accept tcp:${port}: its cloud-init has no iptables rule for it`,
  };
}
