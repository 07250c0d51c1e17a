/** From a request's `authorization` header to its caller. */
import type { RoleSources, Caller } from "./roles";
import { callersOf } from "./roles";
import { Problem } from "../../contracts/problems";
import type { TokenVerifier } from "./tokens";

export { mayBe, ROLES, type Caller, type NodeGrant, type Role } from "./roles";

const SCHEME = /^Bearer +/i;
const TOKEN = /^[\w.~+/-]+=*$/;

export class Identity {
  private callers: ReadonlyMap<string, Caller>;

  constructor(
    private readonly tokens: Pick<TokenVerifier, "recall" | "verify">,
    private sources: RoleSources,
  ) {
    this.callers = callersOf(sources);
  }

  /** Takes over the clusters' present documents: whoever is in none of them is no node any more, from the next request on. */
  useClusters(clusters: RoleSources["clusters"]): void {
    this.sources = { ...this.sources, clusters };
    this.callers = callersOf(this.sources);
  }

  /** Who sent the request; at once where the token is known. Throws or rejects with `unauthenticated`. */
  authenticate(authorization = ""): Caller | Promise<Caller> {
    const scheme = SCHEME.exec(authorization)?.[0] ?? "";
    const token = scheme === "" ? "" : authorization.slice(scheme.length);
    const email = this.tokens.recall(token);
    if (email !== undefined) return this.callerOf(email);
    // Only now: a known token's thousand characters were looked at when it was new.
    if (!TOKEN.test(token)) {
      throw new Problem("unauthenticated", "no token: send the header authorization: Bearer <OIDC identity token>");
    }
    return this.tokens.verify(token).then((verified) => this.callerOf(verified));
  }

  private callerOf(email: string): Caller {
    return this.callers.get(email) ?? { email, roles: new Set(), nodes: [] };
  }
}
