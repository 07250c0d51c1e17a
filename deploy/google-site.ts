/** The real cloud: the project as it is, and the backend that `pulumi` is logged in to. */
import { fileURLToPath } from "node:url";
import type { Project, Site } from "./site";

/** Nothing is written here; the engine may add its encryption keys to the configuration file on first use. */
export function googleSite(project: Project, configFile: string): Site {
  const backend = process.env.PULUMI_BACKEND_URL;
  return {
    cloud: "google",
    workDir: project.root,
    configFile,
    variables: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    backend: backend ?? "the backend that pulumi is logged in to",
    stateDir: backend?.startsWith("file:///") === true ? fileURLToPath(backend) : undefined,
  };
}
