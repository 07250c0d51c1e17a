/** Compute Engine: VMs of instance groups, and the firewall around them. */
export { RecordedFirewall } from "./firewall/recorded-firewall";
export { InstanceGroups } from "./instance-groups/instance-groups";
