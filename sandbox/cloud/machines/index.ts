/** VMs and pods as processes of this machine. */
export { LocalMachines, type MachinesOptions } from "./local-machines";
