/** Environment variables of a container, by Kubernetes' rules. Pure. */
import type { Variable } from "../pod-schema";

/** What variables may refer to. */
export interface PodFields {
  readonly "metadata.name": string;
  readonly "metadata.namespace": string;
}

/** The environment that a container's `env` makes. A value may refer to the variables before it; of two of a name the last counts. */
export function environmentOf(variables: readonly Variable[], fields: PodFields): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const { name, value, valueFrom } of variables) {
    environment[name] =
      valueFrom === undefined ? expand(value ?? "", environment) : fields[valueFrom.fieldRef.fieldPath];
  }
  return environment;
}

/**
 * Replaces each `$(NAME)` by the variable's value. One that is not known stays as it is, and `$$` stands for `$`, so that
 * `$$(NAME)` is never replaced.
 */
export function expand(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (match, name: string | undefined) => {
    if (name === undefined) return "$";
    return Object.hasOwn(environment, name) ? environment[name]! : match;
  });
}
