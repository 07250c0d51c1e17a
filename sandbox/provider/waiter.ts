/** Waiting until the local cloud has made a recorded resource real, where one runs. */
import { LocalCloudClient, PATIENCE_VARIABLE, SOCKET_VARIABLE } from "../cloud/client";
import type { ResourceName } from "../cloud/controller";
import type { State } from "./lifecycle";

/**
 * Resolves once the resource works, or is gone, or with the reason why that has not come about in time. Zero seconds: the program
 * set no timeout.
 */
export type Waiter = (resource: ResourceName, timeoutSeconds: number) => Promise<string | undefined>;

/** Where records are all there is. */
export const AT_ONCE: Waiter = () => Promise.resolve(undefined);

/** Far longer than anything takes on one machine; timeouts in the program are made for a real cloud. */
const DEFAULT_PATIENCE_SECONDS = 300;

/** Waits for the local cloud whose socket the environment names; without one, for nothing. */
export function waiterFromEnvironment(environment: NodeJS.ProcessEnv): Waiter {
  const socket = environment[SOCKET_VARIABLE];
  if (socket === undefined || socket === "") return AT_ONCE;
  const client = new LocalCloudClient(socket);
  const most = patience(environment[PATIENCE_VARIABLE]);
  return async (resource, timeoutSeconds) => {
    const outcome = await client.settle(resource, timeoutSeconds > 0 ? Math.min(timeoutSeconds, most) : most);
    return outcome.settled ? undefined : outcome.because;
  };
}

function patience(value: string | undefined): number {
  if (value === undefined || value === "") return DEFAULT_PATIENCE_SECONDS;
  const seconds = Number(value);
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new Error(`${PATIENCE_VARIABLE} is "${value}"; set whole seconds, at least 1`);
}

/** The resource is there and does not work: the engine keeps its state, and tries to mend it with the next update. */
export class NotReady extends Error {
  override readonly name = "NotReady";
  constructor(
    readonly state: State,
    readonly reason: string,
  ) {
    super(`${state.id} is not ready: ${reason}`);
  }
}
