/** What an image is called. Pure. */

export interface ImageReference {
  /** The last part of its path: `edge` of `europe-docker.pkg.dev/acme/platform/edge:dev`. */
  readonly image: string;
  readonly tag: string;
}

const REFERENCE = /^(?:[^@]*\/)?([^/:@]+):([\w][\w.-]{0,127})$/;

/** Undefined where it has no tag, or is named by its digest. */
export function parseReference(reference: string): ImageReference | undefined {
  const [, image, tag] = REFERENCE.exec(reference) ?? [];
  return image === undefined || tag === undefined ? undefined : { image, tag };
}
