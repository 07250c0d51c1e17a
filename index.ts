/**
 * Composition: reads the environment, creates what this stack holds, returns its outputs. The stack's name says which part
 * that is: `prod.free` the cluster `free`, `prod` what the environment's clusters share.
 */
import * as pulumi from "@pulumi/pulumi";
import { ConfigError, readStackEnvironment } from "./config";
import { parseStackName } from "./config/names";
import { clusterStack } from "./stacks/cluster-stack";
import { readSecrets } from "./stacks/secrets";
import { sharedStack } from "./stacks/shared-stack";

/** The program of every stack. A mistake in the configuration ends it before anything is registered. */
async function program(): Promise<pulumi.Inputs> {
  const values = pulumi.runtime.allConfig();
  const stack = parseStackName(pulumi.getStack());
  try {
    const environment = readStackEnvironment(stack.environment, values);
    const secrets = readSecrets(values);
    if (stack.cluster !== undefined) return clusterStack(environment, stack.cluster, secrets);
    return await sharedStack(environment, secrets);
  } catch (error) {
    throw error instanceof ConfigError ? mistakeOf(error) : error;
  }
}

/**
 * What Pulumi shows by its message alone: the stack trace of a typing mistake helps nobody. It must not have one either, see
 * docs/traps.md: the official program runner formats it all the same.
 */
function mistakeOf({ message }: ConfigError): pulumi.RunError {
  return Object.assign(new pulumi.RunError(message), { stack: message });
}

export = program;
