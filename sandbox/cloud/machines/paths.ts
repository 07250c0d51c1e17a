/** Paths of a container's inside, and where they are on this machine. Pure. */
import { posix } from "node:path";
import type { ContainerSpec } from "../machine";

/** An option with a path: `--config=/run/knot/knot.conf`. */
const OPTION = /^(--?[\w-]+=)(\/.*)$/;

type Mounts = ContainerSpec["mounts"];

/** Environment with all paths as they are on this machine. Throws for one that is in no volume. */
export function placedEnvironment(container: string, environment: Readonly<Record<string, string>>, mounts: Mounts) {
  const placed = Object.entries(environment).map(([name, value]): [string, string] => {
    return [name, value.startsWith("/") ? place(container, `${name}=`, value, mounts) : value];
  });
  return Object.fromEntries(placed);
}

/** The same for arguments. */
export function placedArgs(container: string, args: readonly string[], mounts: Mounts): string[] {
  return args.map((arg) => {
    const [, option = "", path = arg] = OPTION.exec(arg) ?? [];
    return path.startsWith("/") ? option + place(container, option, path, mounts) : arg;
  });
}

function place(container: string, before: string, path: string, mounts: Mounts): string {
  const inside = posix.normalize(path);
  // Of nested mounts the innermost has it.
  const [mount] = Object.keys(mounts)
    .filter((mount) => inside === mount || inside.startsWith(mount.endsWith("/") ? mount : `${mount}/`))
    .sort((a, b) => b.length - a.length);
  const directory = mount === undefined ? undefined : mounts[mount];
  if (mount === undefined || directory === undefined) {
    throw new Error(`container ${container}: ${before}${path} is in no volume`);
  }
  return posix.join(directory, inside.slice(mount.length));
}
