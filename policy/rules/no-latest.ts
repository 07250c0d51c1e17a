import { isMachine, metadataText } from "../support/machines";
import { podContainers, runsPods } from "../support/pods";
import type { ResourceRule } from "../support/rule";
import { isMissing, show, text, UNKNOWN } from "../support/values";

export const noLatest: ResourceRule = {
  name: "no-latest",
  description:
    "Images are named with their version: what latest means changes under a running release, and cannot be rolled back to.",
  severity: "high",
  remedy: "name the image with the release as its tag, or with its digest",
  appliesTo: (type) => isMachine(type) || runsPods(type),
  check: (resource, { environment }) => {
    if (!isMachine(resource.type)) {
      return podContainers(resource)
        .filter(({ spec }) => spec.image !== UNKNOWN && !isPinned(text(spec.image)))
        .map(({ name, spec }) => `container ${name}: image ${isMissing(spec.image) ? "is missing" : show(spec.image)}`);
    }
    return metadataText(resource.properties)
      .flatMap((metadata) => imagesIn(metadata, environment.images.registry))
      .filter((image) => !isPinned(image))
      .map((image) => `metadata runs image ${show(image)}`);
  },
};

/** Whether an image reference ends in a digest or in a tag other than `latest`. A port of the registry is no tag. */
function isPinned(image: string | undefined): boolean {
  if (image === undefined) return false;
  if (image.includes("@")) return /@sha256:[0-9a-f]{64}$/.test(image);
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag !== undefined && tag !== "latest";
}

/** The images of the platform's registry that a text such as cloud-init names, and whatever else is tagged `latest`. */
function imagesIn(metadata: string, registry: string): readonly string[] {
  const references = metadata.match(/[\w.-]+(?::\d+)?(?:\/[\w.-]+)+(?:[:@][\w.:-]+)?/g) ?? [];
  return references.filter((reference) => reference.startsWith(`${registry}/`) || reference.endsWith(":latest"));
}
