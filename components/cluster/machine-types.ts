/** What follows from a machine type's name: the boot disks it takes and the memory it has. Pure. */

/**
 * The disk type for a machine's boot disk. Series of the fourth generation and later (C4, N4, ...) take Hyperdisk only; those
 * before take balanced persistent disks, E2 and N1 nothing newer.
 */
export function bootDiskType(machineType: string): "pd-balanced" | "hyperdisk-balanced" {
  const generation = Number(/^[a-z]+(\d+)/.exec(machineType)?.[1] ?? 0);
  return generation >= 4 ? "hyperdisk-balanced" : "pd-balanced";
}

/** MB of machine types that share a core. */
const SHARED_CORE: Readonly<Record<string, number>> = {
  "f1-micro": 614,
  "g1-small": 1740,
  "e2-micro": 1024,
  "e2-small": 2048,
  "e2-medium": 4096,
};

/** MB per vCPU by class: the least of any series but N1, whose machines have up to a fifth less. */
const PER_VCPU: Readonly<Record<string, number>> = { highcpu: 1024, standard: 4096, highmem: 8192 };
const N1_FACTOR = 0.8;

/** What is counted on for a machine type of an unknown class: the smallest that the platform is meant to run on. */
const UNKNOWN_MB = 2048;

/**
 * A machine type's memory in MB, or less: high-CPU machines of newer series have up to twice of what this says. Limits
 * derived from it therefore always fit.
 */
export function memoryMb(machineType: string): number {
  const shared = SHARED_CORE[machineType];
  if (shared !== undefined) return shared;
  const custom = /-custom-\d+-(\d+)(?:-ext)?$/.exec(machineType)?.[1];
  if (custom !== undefined) return Number(custom);
  const [, series, group, vcpus] = /^([a-z0-9]+)-([a-z]+)-(\d+)(?:-[a-z]+)?$/.exec(machineType) ?? [];
  const perVcpu = PER_VCPU[group ?? ""];
  if (perVcpu === undefined) return UNKNOWN_MB;
  return Math.floor(Number(vcpus) * perVcpu * (series === "n1" ? N1_FACTOR : 1));
}

/** What Container-Optimized OS, docker and the logging agent keep for themselves. */
const SYSTEM_MB = 640;
/** Less than this and no container of the platform starts. */
const LEAST_MB = 256;

/** MB that the containers of a VM may share. */
export function containerMemoryMb(machineType: string): number {
  return Math.max(memoryMb(machineType) - SYSTEM_MB, LEAST_MB);
}
