/** The registry of images: what they are built to from this checkout, once per change of its sources. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { stop as stopBundler } from "esbuild";
import { bundle } from "../../../tools/bundle";
import { images } from "../../../tools/images";
import type { Log } from "../context";
import { brokenProgram, EDGE_ENTRYPOINT, IMAGES, programOf, type Program } from "./programs";
import { parseReference } from "./reference";
import { sourcesHash } from "./sources";

export interface RegistryOptions {
  /** The local cloud's. */
  readonly directory: string;
  readonly log: Log;
  /** The checkout. Default: the one that this file is in. */
  readonly root?: string;
}

/** The tag that stands for this checkout. */
const DEV = "dev";
/** The tag of images whose process ends at once. */
const BROKEN = "broken";
const ROOT = join(__dirname, "..", "..", "..");
const EXECUTABLE = 0o755;

export class LocalRegistry {
  private readonly builds: string;
  private readonly tags: string;
  private building: Promise<string> | undefined;

  constructor(private readonly options: RegistryOptions) {
    this.builds = join(options.directory, "registry", DEV);
    this.tags = join(options.directory, "registry", "tags");
  }

  /** Builds the images where their sources have changed since the last time. Rejects with what does not compile. */
  async prepare(): Promise<void> {
    await this.build();
    // Its processes would stay, with some hundred megabytes; whoever needs them again starts them again.
    await stopBundler();
  }

  /** Gives this checkout's build one more tag, also for local clouds that start later. */
  addTag(tag: string): void {
    if (parseReference(`image:${tag}`) === undefined) throw new Error(`${JSON.stringify(tag)} is no image tag`);
    mkdirSync(this.tags, { recursive: true });
    writeFileSync(join(this.tags, tag), "");
  }

  /** The program of an image; rejects with `image … cannot be pulled: …`. */
  async pull(reference: string): Promise<Program> {
    const { image, tag } = parseReference(reference) ?? refuse(reference, "the sandbox knows images by name and tag");
    if (!IMAGES.includes(image)) refuse(reference, `the sandbox builds ${IMAGES.join(", ")} from this checkout`);
    if (tag === BROKEN) return brokenProgram(image);
    if (tag !== DEV && !existsSync(join(this.tags, tag))) {
      refuse(reference, `the sandbox builds \`${DEV}\` from this checkout`);
    }
    return programOf(image, join(await this.build(), image));
  }

  /** Once per local cloud: whatever changes in the checkout later is the next one's. */
  private build(): Promise<string> {
    this.building ??= this.buildIfChanged().catch((error: unknown) => {
      this.building = undefined;
      throw error;
    });
    return this.building;
  }

  private async buildIfChanged(): Promise<string> {
    const { root = ROOT, log } = this.options;
    const folder = join(this.builds, sourcesHash(root));
    if (existsSync(folder)) return folder;
    // Nothing runs yet that uses an older one.
    rmSync(this.builds, { recursive: true, force: true });
    const temporary = `${folder}.new`;
    const start = performance.now();
    await Promise.all(IMAGES.map((image) => buildImage(root, image, join(temporary, image))));
    renameSync(temporary, folder);
    log.info({ images: readdirSync(folder), ms: Math.round(performance.now() - start) }, "built the images");
    return folder;
  }
}

async function buildImage(root: string, image: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const service = images[image]?.service;
  if (service !== undefined) await bundle(service, folder);
  if (image === "edge") {
    const entrypoint = join(folder, EDGE_ENTRYPOINT);
    // A shell reads its script while it runs it, so that it is not to be the file that somebody edits.
    copyFileSync(join(root, "services", "edge", "entrypoint.sh"), entrypoint);
    chmodSync(entrypoint, EXECUTABLE);
  }
}

function refuse(reference: string, because: string): never {
  throw new Error(`image ${reference} cannot be pulled: ${because}`);
}
