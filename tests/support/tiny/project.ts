/** A project with a provider, a program and a policy pack that are small enough for tests to start often. */
import { join } from "node:path";
import type { Project } from "../../../deploy/site";
import { tinyProgram } from "./program";

/** Words after `node` that start a fake local cloud. */
export const FAKE_LOCAL_CLOUD = [
  "--require",
  require.resolve("../../../tools/typescript.cjs"),
  join(__dirname, "..", "fake-local-cloud-main.ts"),
];

/** The project in a folder that holds the environments' files and `program.json`, see {@link tinyProgram}. */
export function tinyProject(root: string): Project {
  return {
    root,
    name: "platform",
    loadProgram: () => Promise.resolve(tinyProgram(join(root, "program.json"))),
    policyPack: join(__dirname, "policy"),
    localPlugins: [{ name: "tiny", path: join(__dirname, "plugin") }],
    localCloud: FAKE_LOCAL_CLOUD,
    secretNames: ["someKey"],
  };
}
