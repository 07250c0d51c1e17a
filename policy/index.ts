/**
 * The policy pack `failure-domains`. The engine starts this file, with the stack's name and configuration, for every
 * preview and update; it serves the rules until the engine is done.
 */
import { join } from "node:path";
import { PolicyPack } from "@pulumi/policy";
import { getStack, runtime } from "@pulumi/pulumi";
import { ConfigError } from "../config";
import { rules } from "./rules";
import { enginePolicies } from "./support/engine-policy";
import { handedOverScope, scopeOf } from "./support/scope";

function serve(): void {
  const scope = handedOverScope(process.env) ?? scopeOf(getStack(), runtime.allConfig());
  const policies = enginePolicies(rules, scope);
  // A pack has the version in the package.json of its working directory, and engines start it in different ones.
  process.chdir(join(__dirname, ".."));
  new PolicyPack("failure-domains", {
    description: "What must hold in every stack of the platform, so that failure domains stay apart",
    policies,
  });
}

try {
  serve();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  // The engine shows what a pack that does not start has written; a stack trace of a typing mistake helps nobody.
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
