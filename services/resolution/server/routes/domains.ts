/** Custom domains of a user: list, claim, proof, release. */
import type { FastifyInstance } from "fastify";
import type { DomainNames } from "../../../../config/names";
import { pageQuery } from "../../../contracts/resources";
import { answersOf, claimDomain, listDomains, releaseDomain, verifyDomain, type DomainLookup } from "../../domains";
import { addOperation } from "../operation";
import { domainParams, labelParams } from "../parameters";
import { addWrite, type WriteContext } from "../write";

const NAME_PROBLEMS = ["invalid-label", "reserved-label", "invalid-domain"] as const;

export interface DomainContext extends WriteContext {
  readonly zones: DomainNames;
  readonly lookup: DomainLookup;
}

export function addDomainRoutes(app: FastifyInstance, context: DomainContext): void {
  const { pool, zones, lookup } = context;
  addOperation(
    app,
    context,
    {
      id: "listDomains",
      method: "GET",
      path: "/v1/users/:label/domains",
      summary: "Custom domains of a user, by name",
      roles: ["platform"],
      params: labelParams,
      query: pageQuery,
      answer: "DomainPage",
      problems: ["invalid-label", "reserved-label", "unknown-user"],
      rateClass: "read",
    },
    ({ params, query }) => listDomains(pool, params.label, query),
  );
  addWrite(
    app,
    context,
    {
      id: "claimDomain",
      method: "POST",
      path: "/v1/users/:label/domains",
      summary: "Claims a custom domain for a user; it is served once it is verified",
      roles: ["platform"],
      params: labelParams,
      body: "ClaimDomain",
      answer: "Domain",
      status: 201,
      problems: [...NAME_PROBLEMS, "unknown-user", "domain-taken"],
    },
    {
      target: ({ params }) => `user/${params.label.toLowerCase()}`,
      work: (tx, { params, body }) => claimDomain(tx, zones, params.label, body),
    },
  );
  addWrite(
    app,
    context,
    {
      id: "verifyDomain",
      method: "POST",
      path: "/v1/users/:label/domains/:name/verify",
      summary: "Verifies a claim by the CNAME or TXT record that the domain has now",
      roles: ["platform"],
      params: domainParams,
      answer: "Domain",
      problems: [...NAME_PROBLEMS, "unknown-user", "unknown-domain", "domain-unverified", "domain-taken"],
    },
    {
      // Before the transaction: none is open while strangers' name servers take their time.
      prepare: ({ params }) => answersOf(lookup, params.name),
      target: ({ params }) => `domain/${params.name.toLowerCase()}`,
      work: (tx, { params }, answers) => verifyDomain(tx, answers, params.name, params.label),
    },
  );
  addWrite(
    app,
    context,
    {
      id: "releaseDomain",
      method: "DELETE",
      path: "/v1/users/:label/domains/:name",
      summary: "Gives a user's claim up; a verified domain is no longer served",
      roles: ["platform"],
      params: domainParams,
      problems: [...NAME_PROBLEMS, "unknown-user", "unknown-domain"],
    },
    {
      target: ({ params }) => `domain/${params.name.toLowerCase()}`,
      work: (tx, { params }) => releaseDomain(tx, params.name, params.label),
    },
  );
}
