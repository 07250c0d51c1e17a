/** What runs in each image, as its Dockerfile says. */
import { join } from "node:path";
import { BUNDLE } from "../../../tools/bundle";
import { images } from "../../../tools/images";

/** What a container of an image runs. */
export interface Program {
  readonly image: string;
  readonly executable: string;
  /** The image's entry point; what the container says itself comes after it. */
  readonly args: readonly string[];
  /** Where the container says nothing: the image's CMD. */
  readonly defaultArgs: readonly string[];
  /** The image's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Working directory. */
  readonly directory: string;
  readonly isNode: boolean;
}

/** The entry point of the image `edge`, in its folder. */
export const EDGE_ENTRYPOINT = "edge";
/** Debian's. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const KNOT_ARGS = ["--config", "/run/knot/knot.conf"];

const NATIVE: Readonly<Record<string, (folder: string) => Pick<Program, "executable" | "defaultArgs">>> = {
  edge: (folder) => ({ executable: join(folder, EDGE_ENTRYPOINT), defaultArgs: [] }),
  knot: () => ({ executable: "knotd", defaultArgs: KNOT_ARGS }),
};

/** Names of all images that can be run here. */
export const IMAGES: readonly string[] = Object.keys(images);

/** The program of an image whose build is in a folder. Throws for an image that tools/images.ts has and this table lacks. */
export function programOf(image: string, folder: string): Program {
  const common = { image, directory: folder, environment: { PATH } };
  if (images[image]?.service !== undefined) {
    return {
      ...common,
      executable: process.execPath,
      args: [join(folder, BUNDLE)],
      defaultArgs: [],
      environment: { PATH, NODE_ENV: "production" },
      isNode: true,
    };
  }
  const native = NATIVE[image]?.(folder);
  if (native === undefined)
    throw new Error(`image ${image} has no program: add it to sandbox/cloud/registry/programs.ts`);
  return { ...common, ...native, args: [], isNode: false };
}

/** A release that cannot run: what drills roll out to see that nothing else is harmed. */
export function brokenProgram(image: string): Program {
  const script = `echo "${image}: this release is broken on purpose and ends at once" >&2; exit 1`;
  const args = ["-c", script, image];
  return { image, executable: "/bin/sh", args, defaultArgs: [], environment: { PATH }, directory: "/", isNode: false };
}
