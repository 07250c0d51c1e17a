/** Where an environment's stacks live and how the engine reaches them. */
import type { PulumiFn } from "@pulumi/pulumi/automation";
import type { LocalCloud } from "./local-cloud";

/**
 * `google`: the real cloud. `local`: the local cloud, real processes on this machine. `records`: as much of the local cloud as
 * there is without processes, for a look at any environment. The last two have a backend of their own.
 */
export const clouds = ["google", "local", "records"] as const;
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
  /** Words after `node` that start the local cloud, but for its directory; a project without has records only. */
  readonly localCloud?: readonly string[];
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
  /** The process that makes real what is recorded; undefined for other clouds. */
  readonly localCloud?: LocalCloud;
}
