/** What the containers of a VM that is not well say of it. Pure. */
import type { ContainerState } from "../../machine";

/**
 * Milliseconds of running after which a container that had ended counts as one that runs. A service takes seconds to find what it
 * lacks on a busy machine, and while it is on its way to that it must not hide behind those that wait for it.
 */
const PROVEN_MS = 20_000;

/** The troubles of all containers that do not run, or have been started again a moment ago; undefined where there are none. */
export function containerTrouble(containers: readonly ContainerState[], nowMs: number): string | undefined {
  const troubles = containers.flatMap(({ name, state, trouble, startedAt = 0 }) => {
    const runs = state === "running" && nowMs - startedAt >= PROVEN_MS;
    return runs || trouble === undefined ? [] : [`container ${name}: ${trouble}`];
  });
  return troubles.length === 0 ? undefined : troubles.join("; ");
}
