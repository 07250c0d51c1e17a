/** The images of the platform that are built from this repository. */

/** A service as one file that Node runs. */
export interface BundledService {
  /** The file that Node would start, from the repository's root. */
  readonly entry: string;
  /** Folders that it reads beside itself; each stands beside the bundle, under its own name. */
  readonly assets: readonly string[];
}

/** How an image is built. */
export interface Image {
  /** From the repository's root, which is the build's context. */
  readonly dockerfile: string;
  /** What of this repository runs in it; nothing for programs of others. */
  readonly service?: BundledService;
}

/** By the name that deployments give them. */
export const images: Readonly<Record<string, Image>> = {
  "control-api": {
    dockerfile: "services/resolution/Dockerfile",
    service: { entry: "services/resolution/main.ts", assets: ["services/resolution/store/migrations"] },
  },
  "node-agent": {
    dockerfile: "services/node-agent/Dockerfile",
    service: { entry: "services/node-agent/main.ts", assets: [] },
  },
  "container-host": {
    dockerfile: "services/container-host/Dockerfile",
    service: { entry: "services/container-host/main.ts", assets: [] },
  },
  edge: { dockerfile: "services/edge/Dockerfile" },
  knot: { dockerfile: "services/knot/Dockerfile" },
};
