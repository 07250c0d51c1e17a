/** Whether a managed certificate's names are proven to be ours, as Certificate Manager has it proven: by a record in public DNS. Pure. */
import { z } from "zod";
import { text, object, list } from "../../provider/values";
import type { CloudRecord } from "../../provider/store";
import { linked } from "../compute/find-record";
import type { Records } from "../controller";
import { accepted } from "../kubernetes/refusal";

export const TYPES = {
  certificate: "gcp:certificatemanager/certificate:Certificate",
  authorization: "gcp:certificatemanager/dnsAuthorization:DnsAuthorization",
  recordSet: "gcp:dns/recordSet:RecordSet",
  zone: "gcp:dns/managedZone:ManagedZone",
} as const;

/** Who issues Google's certificates: a CAA record of the name must let them. */
const ISSUERS = ["pki.goog", "letsencrypt.org"];

const certificate = z.strictObject({
  name: z.string(),
  location: z.string(),
  description: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  project: z.string().optional(),
  scope: z.literal("DEFAULT").optional(),
  managed: z.strictObject({
    domains: z.array(z.string()).min(1),
    dnsAuthorizations: z.array(z.string()).min(1, { error: "other ways to prove a name than DNS are not emulated" }),
  }),
});

/** A certificate as it is declared. */
export type DeclaredCertificate = z.output<typeof certificate>;

/** Throws a Refusal for what is not emulated, such as certificates of one's own. */
export function declaredCertificate({ inputs }: CloudRecord): DeclaredCertificate {
  return accepted(certificate, inputs);
}

/** What keeps Google from issuing the certificate; empty where nothing does. */
export function missingProofs(records: Records, { managed, location }: DeclaredCertificate): string[] {
  const authorizations = managed.dnsAuthorizations.map((link) => ({
    link,
    record: linked(records, TYPES.authorization, link),
  }));
  const unknown = authorizations
    .filter(({ record }) => record === undefined)
    .map(({ link }) => `${link} does not exist`);
  const known = authorizations.flatMap(({ record }) => record ?? []);
  return [...unknown, ...managed.domains.flatMap((domain) => missingFor(records, domain, location, known))];
}

function missingFor(
  records: Records,
  domain: string,
  location: string,
  authorizations: readonly CloudRecord[],
): string[] {
  const proven = domain.replace(/^\*\./, "");
  const authorization = authorizations.find(({ outputs }) => outputs.domain === proven);
  if (authorization === undefined) return [`no DNS authorization of the certificate is for ${proven}`];
  const { outputs } = authorization;
  if ((text(outputs.location) || "global") !== location)
    return [`the DNS authorization for ${proven} is of ${text(outputs.location)}, the certificate of ${location}`];
  const wanted = list(outputs.dnsResourceRecords).map(object);
  const missing = wanted.filter(({ name, type, data }) => !publishes(records, text(name), text(type), text(data)));
  return [
    ...missing.map(({ name, type, data }) => `no public zone has the record ${text(name)} ${text(type)} ${text(data)}`),
    ...refusedByCaa(records, proven),
  ];
}

function publishes(records: Records, name: string, type: string, data: string): boolean {
  return recordSets(records, name, type).some(({ inputs }) => list(inputs.rrdatas).some((value) => value === data));
}

/** The nearest name with CAA records decides. */
function refusedByCaa(records: Records, domain: string): string[] {
  const labels = domain.split(".");
  for (let index = 0; index < labels.length; index++) {
    const name = `${labels.slice(index).join(".")}.`;
    const issuers = recordSets(records, name, "CAA").flatMap(({ inputs }) => list(inputs.rrdatas).map(text));
    if (issuers.length === 0) continue;
    const lets = issuers.some((data) => ISSUERS.some((issuer) => data.includes(`issue "${issuer}"`)));
    return lets ? [] : [`the CAA record of ${name} lets none of ${ISSUERS.join(", ")} issue`];
  }
  return [];
}

function recordSets(records: Records, name: string, type: string): CloudRecord[] {
  return records.google(TYPES.recordSet).filter(({ inputs }) => {
    return inputs.name === name && inputs.type === type && isPublic(records, text(inputs.managedZone), name);
  });
}

function isPublic(records: Records, zone: string, name: string): boolean {
  return records.google(TYPES.zone).some(({ outputs }) => {
    const suffix = text(outputs.dnsName);
    return (
      outputs.name === zone && outputs.visibility !== "private" && (name === suffix || name.endsWith(`.${suffix}`))
    );
  });
}
