/** Certificate Manager: certificates that are managed, once their names are proven. */
import { linkPart } from "../../gcp/links";
import { text } from "../../provider/values";
import type { CloudContext } from "../context";
import { SETTLED, type Controller, type Records, type ResourceName, type Standing } from "../controller";
import { Refusal } from "../kubernetes/refusal";
import type { Authority, IssuedCertificate } from "./authority";
import { declaredCertificate, missingProofs, TYPES } from "./proof";

/** A certificate that load balancers may use, or what keeps it from being issued. */
export type Certified =
  | { readonly is: "issued"; readonly certificate: IssuedCertificate }
  | { readonly is: "missing"; readonly because: string };

/** For load balancers. */
export interface CertificateSource {
  find(location: string, name: string): Certified;
}

export class Certificates implements Controller, CertificateSource {
  readonly name = "certificates";
  readonly awaited = [TYPES.certificate];
  private certified = new Map<string, Certified>();
  private refused = new Map<string, string>();

  constructor(
    private readonly context: Pick<CloudContext, "log">,
    private readonly authority: Pick<Authority, "issue">,
  ) {}

  async reconcile(records: Records): Promise<void> {
    const certified = new Map<string, Certified>();
    const refused = new Map<string, string>();
    for (const record of records.google(TYPES.certificate)) {
      const key = keyOf(linkPart(record.id, "locations") ?? "", text(record.outputs.name));
      try {
        const declared = declaredCertificate(record);
        certified.set(key, await this.certify(declared.managed.domains, missingProofs(records, declared)));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refused.set(record.id, error.message);
      }
    }
    this.tell(certified);
    this.certified = certified;
    this.refused = refused;
  }

  find(location: string, name: string): Certified {
    return (
      this.certified.get(keyOf(location, name)) ?? {
        is: "missing",
        because: `there is no certificate ${name} in ${location}`,
      }
    );
  }

  /** Google makes the resource at once, and issues whenever the names are proven. */
  standing({ id }: ResourceName): Standing {
    const because = this.refused.get(id);
    return because === undefined ? SETTLED : { is: "failed", because };
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  private async certify(domains: readonly string[], missing: readonly string[]): Promise<Certified> {
    if (missing.length > 0) return { is: "missing", because: `not issued: ${missing.join("; ")}` };
    return { is: "issued", certificate: await this.authority.issue(domains) };
  }

  private tell(certified: ReadonlyMap<string, Certified>): void {
    const { log } = this.context;
    for (const [key, now] of certified) {
      if (now.is === this.certified.get(key)?.is) continue;
      if (now.is === "issued") log.info({ certificate: key }, "certificate issued");
      else log.warn({ certificate: key, because: now.because }, "certificate not issued");
    }
  }
}

function keyOf(location: string, name: string): string {
  return `${location}/${name}`;
}
