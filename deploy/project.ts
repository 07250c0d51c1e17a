/** This repository as a Pulumi project. */
import { join, resolve } from "node:path";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { PROJECT, secretNames } from "../config";
import type { Project } from "./site";

const root = resolve(__dirname, "..");

export const platform: Project = {
  root,
  name: PROJECT,
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- on demand: the SDKs take longer to load than most commands
  loadProgram: () => Promise.resolve(require("../index") as PulumiFn),
  policyPack: join(root, "policy"),
  localPlugins: ["gcp", "kubernetes"].map((name) => ({ name, path: join(root, "sandbox", "plugins", name) })),
  secretNames,
};
