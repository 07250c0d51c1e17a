/** Image references: what an Artifact Registry repository's address says, and the images in it. Pure. */

/** The parts of an address such as `europe-docker.pkg.dev/acme/platform`. */
export interface Registry {
  /** What docker logs in to: `europe-docker.pkg.dev`. */
  readonly host: string;
  /** Region or multi-region of the repository: `europe`. */
  readonly location: string;
  /** Google Cloud project that holds it. */
  readonly project: string;
  /** Its id in that project. */
  readonly repository: string;
}

const ADDRESS = /^(([a-z0-9-]+)-docker\.pkg\.dev)\/([a-z0-9-]+)\/([a-z0-9-]+)$/;

/** Parses a repository's address. Throws an Error that shows the form when it has another. */
export function parseRegistry(address: string): Registry {
  const [, host, location, project, repository] = ADDRESS.exec(address) ?? [];
  if (host === undefined || location === undefined || project === undefined || repository === undefined) {
    throw new Error(
      `images.registry: "${address}" is not of the form <location>-docker.pkg.dev/<project>/<repository>`,
    );
  }
  return { host, location, project, repository };
}

/** The platform's images that run on virtual machines. */
export type MachineImage = "container-host" | "edge" | "node-agent";

/** The reference of an image at a release. */
export function imageOf(registry: string, image: MachineImage, release: string): string {
  return `${registry}/${image}:${release}`;
}
