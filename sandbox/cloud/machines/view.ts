/** What the processes of a machine are told of it: see machine-view.cjs. Pure. */
import { join } from "node:path";
import type { MachineSpec } from "../machine";
import type { Network } from "../network";

/** Names the variable that holds it, as JSON. */
export const VIEW_VARIABLE = "MACHINE_VIEW";
const PRELOAD = join(__dirname, "machine-view.cjs");
const DNS_PORT = 53;
const PRIVILEGED = 1024;

export interface MachineView {
  readonly address: string;
  readonly hostname: string;
  /** `<address>:<port>`. */
  readonly resolver: string;
  /** Addresses that can be reached: `127.N.0.0/16`. */
  readonly range: string;
  /** Ports from one to another, that are so many higher. */
  readonly movedPorts: readonly (readonly [first: number, last: number, by: number])[];
}

/** The variables that give a Node process its machine's view; its options stay as they are declared otherwise. */
export function viewVariables(machine: MachineSpec, network: Network, nodeOptions = ""): Record<string, string> {
  const view: MachineView = {
    address: machine.address,
    hostname: machine.hostname,
    resolver: `${network.own("resolver")}:${network.port(DNS_PORT)}`,
    range: network.range,
    movedPorts: movedPorts(network),
  };
  return {
    NODE_OPTIONS: `${nodeOptions} --require ${JSON.stringify(PRELOAD)}`.trim(),
    [VIEW_VARIABLE]: JSON.stringify(view),
  };
}

function movedPorts(network: Network): MachineView["movedPorts"] {
  const ranges: [number, number, number][] = [];
  for (let port = 1; port < PRIVILEGED; port++) {
    const by = network.port(port) - port;
    const last = ranges.at(-1);
    if (last?.[1] === port - 1 && last[2] === by) last[1] = port;
    else if (by !== 0) ranges.push([port, port, by]);
  }
  return ranges;
}
