/** The part of Google's APIs that the services call, as strict about permissions as Google is. */
import type { Answer } from "../../issuer/listener";
import type { CloudContext, Firewall, Instances } from "../context";
import { RecordsOfOnePass } from "../records";
import { UNAUTHENTICATED } from "./api-answers";
import { listInstances, parseList } from "./compute";
import type { LocalIdentities } from "./local-identities";
import { accessSecret, parseAccess } from "./secrets";

/** Owner of the address that stands for instances that may not be reached. */
const NOWHERE = "nowhere";

export interface GoogleApisOptions {
  /** Whose server answers, and who takes the tokens. */
  readonly identities: Pick<LocalIdentities, "serve">;
  readonly instances: Pick<Instances, "all">;
  readonly firewall: Firewall;
}

export class GoogleApis {
  /** Serves from now on. */
  constructor(
    private readonly context: CloudContext,
    private readonly options: GoogleApisOptions,
  ) {
    options.identities.serve((url, account) => this.answer(url, account));
  }

  private answer(url: URL, account: string | undefined): Answer | undefined {
    const [version, list] = [parseAccess(url.pathname), parseList(url)];
    if (version === undefined && list === undefined) return undefined;
    if (account === undefined) return UNAUTHENTICATED;
    const records = new RecordsOfOnePass(this.context.records);
    if (version !== undefined) return accessSecret(records, version, account);
    const { instances, firewall } = this.options;
    const nowhere = this.context.network.claim(NOWHERE);
    return list && listInstances({ records, instances: instances.all(), firewall, nowhere }, list, account);
  }
}
