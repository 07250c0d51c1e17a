import { isMachine, networkInterfaces } from "../support/machines";
import type { ResourceRule } from "../support/rule";
import { at, isMissing, UNKNOWN } from "../support/values";

/** The lists whose entries give an interface an address that the internet reaches. */
const ACCESS_CONFIGS = ["accessConfigs", "ipv6AccessConfigs"] as const;

export const noPublicAddress: ResourceRule = {
  name: "no-public-address",
  description:
    "No virtual machine has a public address: the load balancers are the only way in, the NAT the only way out.",
  severity: "critical",
  remedy: "remove the access configuration; machines reach the outside through the cluster's NAT",
  appliesTo: isMachine,
  check: ({ properties }) =>
    networkInterfaces(properties).flatMap((networkInterface, index) =>
      ACCESS_CONFIGS.filter((list) => {
        const configs = at(networkInterface, list);
        return configs !== UNKNOWN && !isMissing(configs);
      }).map((list) => `networkInterfaces[${index}].${list} gives the machine a public address`),
    ),
};
