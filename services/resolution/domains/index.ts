/** Custom domains: claim, proof, release. */
export { claimDomain, listDomains, releaseDomain, verifyDomain } from "./domains";
export { dnsLookup, type DomainLookup } from "./lookup";
export { answersOf } from "./proof";
