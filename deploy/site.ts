/** Where an environment's stacks live and how the engine reaches them. */
import type { PulumiFn } from "@pulumi/pulumi/automation";

/** `google`: the real cloud. `local`: the local cloud on this machine, with a backend of its own. */
export const clouds = ["google", "local"] as const;
export type Cloud = (typeof clouds)[number];

/** A provider plugin that the project serves itself, named by the folder of its executable. */
export interface LocalPlugin {
  readonly name: string;
  readonly path: string;
}

/** The Pulumi project that the command deploys. */
export interface Project {
  /** Folder of Pulumi.yaml. */
  readonly root: string;
  /** Name in Pulumi.yaml. */
  readonly name: string;
  /** Loads the program; only operations need it, so nothing else waits for it. */
  readonly loadProgram: () => Promise<PulumiFn>;
  /** Folder of the policy pack that every preview and update has to pass; undefined for none. */
  readonly policyPack: string | undefined;
  /** Providers of the local cloud. */
  readonly localPlugins: readonly LocalPlugin[];
  /** Names in the secrets section, for which the local cloud generates values. */
  readonly secretNames: readonly string[];
}

export interface Site {
  readonly cloud: Cloud;
  /** Folder of the Pulumi.yaml that the engine reads. */
  readonly workDir: string;
  /** The stack configuration file that all stacks of the environment share. Pulumi itself may add its encryption keys to it. */
  readonly configFile: string;
  /** The complete environment variables of engine, plugins and policy pack. */
  readonly variables: NodeJS.ProcessEnv;
  /** What people know the backend by. */
  readonly backend: string;
  /** Folder of a file backend on this machine; undefined for any other backend. */
  readonly stateDir: string | undefined;
}
