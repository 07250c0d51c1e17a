/** The headers that tell who asks for what: taken from nobody, and set to the truth. Pure. */
import { request } from "./variables";

/** The canonical host, for container VMs and their apps. */
export const HOSTED_NAME_HEADER = "x-hosted-name";

/**
 * What is stripped from requests: headers of the edge's own, and those that proxies elsewhere use for the same. Some frameworks take
 * `_` for `-` in a name, so either is. Names rather than one pattern, which would be matched against every header.
 */
const FROM_OUTSIDE = ["forwarded", ...both("hosted-name"), ...both("hop"), ...both("real-ip")];
const PREFIXES_FROM_OUTSIDE = both("forwarded-");

function both(name: string): string[] {
  return [`x-${name}`, `x_${name.replaceAll("-", "_")}`];
}

export const setTrustedHeaders = [
  ...FROM_OUTSIDE.map((name) => `http-request del-header ${name}`),
  ...PREFIXES_FROM_OUTSIDE.map((prefix) => `http-request del-header ${prefix} -m beg`),
  `http-request set-header ${HOSTED_NAME_HEADER} %[var(${request.host})]`,
  `http-request set-header x-forwarded-for %[var(${request.client})]`,
  "http-request set-header x-forwarded-proto https if { ssl_fc }",
  "http-request set-header x-forwarded-proto http unless { ssl_fc }",
  "http-request set-header x-forwarded-host %[req.fhdr(host)]",
  // A proxy may be asked by an absolute URI; servers are asked by path, whose host is in Host all the same.
  "http-request set-uri %[pathq] unless { url -m beg / } || { url -m str * }",
] as const;
