import type { Definition, Definitions, OutputContext } from "../definition";
import { isAbsent, list, object, type Properties, text } from "../../provider/values";
import { hexadecimal, number, uuid } from "../../provider/hash";
import { labels, pattern } from "../rules";

const resourceName = pattern(
  "name",
  /^[a-z]([-a-z0-9_]{0,62})$/,
  "use 1 to 63 lowercase letters, digits, hyphens and underscores, starting with a letter",
);

/**
 * The record that proves control of a domain. Global authorizations share one fixed name per domain; regional ones have a
 * name of their own unless told otherwise, so that several can prove the same domain.
 */
function authorizationOutputs({ id, inputs, created }: OutputContext): Properties {
  const type = text(inputs.type) || (inputs.location === "global" ? "FIXED_RECORD" : "PER_PROJECT_RECORD");
  const owner = hexadecimal(14, text(inputs.project), text(inputs.location));
  const label = type === "FIXED_RECORD" ? "_acme-challenge" : `_acme-challenge_${owner}`;
  const data = `${uuid(id, created)}.${number(id) % 20}.authorize.certificatemanager.goog.`;
  return { dnsResourceRecords: [{ name: `${label}.${text(inputs.domain)}.`, type: "CNAME", data }], type };
}

const globally: NonNullable<Definition["defaults"]> = () => ({ location: "global" });

/** Certificate Manager, and the private connection to Google's services. */
export const CERTIFICATE_TYPES: Definitions = {
  "gcp:certificatemanager/certificate:Certificate": {
    id: "projects/{project}/locations/{location}/certificates/{name}",
    rules: [resourceName, labels()],
    defaults: globally,
    outputs: ({ inputs }) => ({ sanDnsnames: list(object(inputs.managed).domains) }),
  },
  "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": {
    id: "projects/{project}/locations/{location}/dnsAuthorizations/{name}",
    rules: [
      resourceName,
      labels(),
      pattern(
        "domain",
        /^([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z]{2,}$/,
        "write a domain name without a dot at its end",
      ),
      (inputs) =>
        isAbsent(inputs.domain) ? [{ property: "domain", reason: "missing; set the domain to authorize" }] : [],
    ],
    defaults: globally,
    outputs: authorizationOutputs,
  },
  "gcp:servicenetworking/connection:Connection": {
    id: "{network}:{service}",
    outputs: ({ inputs }) => ({ peering: text(inputs.service).replace(/\./g, "-") }),
  },
};
