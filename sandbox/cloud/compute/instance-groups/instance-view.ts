/** A VM as others see it. Pure. */
import type { Instance } from "../../context";
import type { Unit } from "../../controller";
import type { Vm } from "./vm";

/** For those who send traffic; undefined for one that could not be made. */
export function instanceOf(vm: Vm, namedPorts: Readonly<Record<string, number>>): Instance | undefined {
  const { name, zone, address, template, machine, leaving } = vm;
  if (machine === undefined) return undefined;
  return {
    name,
    zone,
    labels: template.labels,
    status: leaving === undefined ? "RUNNING" : "STOPPING",
    address,
    serviceAccount: template.serviceAccount,
    network: template.network,
    namedPorts,
    accepting: leaving === undefined,
    machine,
  };
}

/** For lists of what runs. */
export function unitOf(vm: Vm): Unit {
  const { name, address, template, machine, leaving } = vm;
  // Health checks take their time to tell of containers that have ended.
  const healthy = vm.healthy && vm.isRunning && leaving === undefined;
  return {
    name,
    kind: "vm",
    failureDomain: template.failureDomain,
    role: template.role,
    region: template.region,
    address,
    healthy,
    ...(!healthy && { trouble: leaving === undefined ? vm.trouble : `is being ${leaving}` }),
    pids: machine?.containers.flatMap(({ pid }) => pid ?? []) ?? [],
  };
}
