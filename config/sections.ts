/** The sections of an environment among the keys of a stack configuration: those in this project's namespace. */
import { didYouMean } from "./nearest";
import type { Problem } from "./problems";

/** Namespace of the sections: the name in Pulumi.yaml. */
export const PROJECT = "platform";

/** What stands below `platform:`, without that prefix. The keys of other namespaces are for providers. */
export function sectionsOf(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const prefix = `${PROJECT}:`;
  const own = Object.entries(config).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

/** Keys without a namespace, or with ours misspelt: they would be passed over in silence. */
export function namespaceProblems(config: Readonly<Record<string, unknown>>): Problem[] {
  return Object.keys(config).flatMap((key) => {
    const path = `config.${key}`;
    const namespace = /^([^:]*):/.exec(key)?.[1];
    if (namespace === undefined) return [{ path, message: `has no namespace; write ${PROJECT}:${key}` }];
    const guess = namespace === PROJECT ? "" : didYouMean(namespace, [PROJECT]);
    return guess === "" ? [] : [{ path, message: `unknown namespace ${namespace}${guess}` }];
  });
}
