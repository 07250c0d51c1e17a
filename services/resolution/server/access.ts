/** Who is let in to a route: nobody before the start is over, then callers by their role. */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from "fastify";
import { Problem } from "../../contracts/problems";
import type { Caller, Identity, Role } from "../identity";

declare module "fastify" {
  interface FastifyRequest {
    /** Who sent the request; set on every route but the probes'. */
    caller: Caller;
  }
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

/** Seconds after which to ask a replica again that is starting. */
const STARTING_RETRY_SECONDS = 1;

/** Lets nobody in before the replica knows its callers and users, which it learns from the store. */
export function requireStarted(isStarted: () => boolean): Hook {
  return (_request, _reply, done) => {
    if (isStarted()) done();
    else done(new Problem("store-unavailable", "this replica is starting: try again", STARTING_RETRY_SECONDS));
  };
}

/** Lets callers with one of these roles in. Known tokens are let in at once, without a turn of the event loop. */
export function requireRole(identity: Pick<Identity, "authenticate">, roles: readonly Role[]): Hook {
  return (request, _reply, done) => {
    const admit = (caller: Caller): void => {
      request.caller = caller;
      done(roles.some((role) => caller.roles.has(role)) ? undefined : forbidden(caller, roles));
    };
    try {
      const caller = identity.authenticate(request.headers.authorization);
      if (caller instanceof Promise) caller.then(admit, done);
      else admit(caller);
    } catch (error) {
      done(error as Error);
    }
  };
}

function forbidden({ email, roles }: Caller, needed: readonly Role[]): Problem {
  const has = roles.size === 0 ? "none" : [...roles].join(", ");
  return new Problem(
    "forbidden",
    `${email} may not do this: it takes the role ${needed.join(" or ")}, and it has ${has}`,
  );
}
