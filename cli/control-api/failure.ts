/** What goes wrong between this command and the control API, as one message for a person. */
import { UsageError } from "../../deploy/errors";
import { Problem, type ProblemType } from "../../services/contracts/problems";

/** Problems that pass by themselves. */
const PASSING: readonly ProblemType[] = ["store-unavailable", "issuer-unavailable", "rate-limited", "internal"];

/** The control API has refused, or could not be asked. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";

  constructor(
    message: string,
    /** Whether asking again may help. */
    readonly passing: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The same operations; what they reject with is a {@link ServiceError}, unless this command lacks something itself. */
export function withFailures<T extends object>(api: T, url: string): T {
  return new Proxy(api, {
    get(target, name) {
      const operation = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        try {
          return await operation.apply(target, args);
        } catch (error) {
          throw error instanceof UsageError ? error : failureOf(error as Error, url);
        }
      };
    },
  });
}

function failureOf(error: Error, url: string): ServiceError {
  if (!(error instanceof Problem)) {
    return new ServiceError(`the control API at ${url} cannot be asked: ${error.message}`, true, { cause: error });
  }
  const request = error.requestId === undefined ? "" : ` (request ${error.requestId})`;
  return new ServiceError(`${error.type}: ${error.message}${request}`, PASSING.includes(error.type), { cause: error });
}
