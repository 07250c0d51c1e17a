/** The folders on this machine that are VMs' disks. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const OWNER_ONLY = 0o700;

/** Disks are `<directory>/vms/<instance>`. */
export class VmDisks {
  private readonly folder: string;

  /** @param directory the local cloud's. */
  constructor(directory: string) {
    this.folder = join(directory, "vms");
  }

  /** The path of a VM's disk, which exists from now on. */
  attach(instance: string): string {
    const disk = join(this.folder, instance);
    mkdirSync(disk, { recursive: true, mode: OWNER_ONLY });
    return disk;
  }

  /** Removes a VM's disk with all that is on it. */
  delete(instance: string): void {
    rmSync(join(this.folder, instance), { recursive: true, force: true });
  }
}
