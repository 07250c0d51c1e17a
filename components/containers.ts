/** The structured description of what a VM runs; cloud-init is derived from it. */

/**
 * User and group of every process of ours, on VMs and in pods, one because the same image runs on both: by convention
 * "nonroot" of images without a distribution. The images declare it too.
 */
export const CONTAINER_USER = 65532;

/** One container on a VM. */
export interface Container {
  /** Name of the container and of its systemd unit. */
  readonly name: string;
  /** Image with its tag; never `latest`. */
  readonly image: string;
  /** Arguments after the image. Default: the image's own. */
  readonly args?: readonly string[];
  /** Environment. References to secrets only, never their values: instance metadata is readable by every process of the VM. */
  readonly environment: Readonly<Record<string, string>>;
  /** TCP ports that others reach it on; opened in the host's own firewall. */
  readonly ports: readonly number[];
  /** Directories of the VM that it may write, by path in the container. The rest of its file system is read-only. */
  readonly writableDirectories?: Readonly<Record<string, string>>;
  /** Memory limit in MB. */
  readonly memoryMb: number;
  /** Linux capabilities beyond none. */
  readonly capabilities?: readonly string[];
  /** Seconds between SIGTERM and SIGKILL at shutdown, for requests in flight to finish. Default 30. */
  readonly stopTimeoutSeconds?: number;
}

/** Part of a container's memory that is left to what Node keeps outside its heap: buffers, code, stacks. */
const OUTSIDE_HEAP = 0.25;

/**
 * `NODE_OPTIONS` of a service in a container of so many MB. By itself Node takes half of that for its heap, and an agent that keeps
 * a million users in memory would end for want of memory that it has.
 */
export function nodeOptions(memoryMb: number): string {
  return `--max-old-space-size=${Math.floor(memoryMb * (1 - OUTSIDE_HEAP))}`;
}
