/** Cloud DNS, and the resolver that begins there. */
export { CloudDns } from "./cloud-dns";
export { Resolver, type ResolverOptions } from "./resolver/resolver";
