/** This repository as a Pulumi project. */
import { join, resolve } from "node:path";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { PROJECT, secretNames } from "../config";
import type { Project } from "./site";

const root = resolve(__dirname, "..");

export const platform: Project = {
  root,
  name: PROJECT,
  loadProgram: () => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- on demand: the SDKs take longer to load than most commands
    const program = require("../index") as PulumiFn;
    // The SDK looks at the stack of every promise it makes, and with source maps each look takes milliseconds: without
    // them the preview of a shared stack of 225 resources takes 5.8 s instead of 6.9 (medians of two runs on 4 cores).
    process.setSourceMapsEnabled(false);
    return Promise.resolve(program);
  },
  policyPack: join(root, "policy"),
  localPlugins: ["gcp", "kubernetes"].map((name) => ({ name, path: join(root, "sandbox", "plugins", name) })),
  localCloud: ["--require", join(root, "tools", "typescript.cjs"), join(root, "sandbox", "cloud", "main.ts")],
  secretNames,
};
