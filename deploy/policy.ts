/** How the policy pack is run, whichever engine there is. */
import { join, delimiter } from "node:path";
import type { Engine } from "./engine";
import type { Project } from "./site";

/**
 * Folder of `pulumi-analyzer-policy-nodejs`, which starts a pack under an engine that cannot start Node programs itself.
 * The engine looks for it among the project's plugins, then on PATH.
 */
export const POLICY_HOST = join(__dirname, "policy-host");

/** The engine's options that make every preview and update pass the pack; none for a project without one. */
export function policyOptions({ policyPack }: Project): { policyPacks?: string[] } {
  return policyPack === undefined ? {} : { policyPacks: [policyPack] };
}

/** Variables with PATH such that the engine finds what starts the pack. */
export function withPolicyHost(engine: Engine, variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (engine.hasNodeHost) return variables;
  return { ...variables, PATH: [POLICY_HOST, variables.PATH ?? ""].join(delimiter) };
}
