/** Stands in for the metadata server that a machine asks for the tokens of its own service account. */
import type { IncomingMessage } from "node:http";
import { json, Listener, NOT_FOUND, type Answer, type ListenerOptions } from "./listener";

const ACCOUNT_PATH = "/computeMetadata/v1/instance/service-accounts/default/";
/** Without this header a metadata server answers nobody, so that a page in a browser cannot ask; it answers with it too. */
const FLAVOR = { "metadata-flavor": "Google" };

export interface AccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/** The service account that a machine runs as. */
export interface MachineAccount {
  readonly email: string;
  /** With the email in it where it is to tell everything, as `format=full` asks. */
  identityToken(audience: string, full: boolean): Promise<string>;
  accessToken(): Promise<AccessToken>;
}

/** Starts one. It knows of no account where there is none at the moment that it is asked. */
export async function startMetadataServer(
  account: () => MachineAccount | undefined,
  options: ListenerOptions = {},
): Promise<Listener> {
  return await Listener.start((url, request) => answer(account(), url, request), options);
}

async function answer(account: MachineAccount | undefined, url: URL, request: IncomingMessage): Promise<Answer> {
  if (request.headers["metadata-flavor"] !== FLAVOR["metadata-flavor"]) {
    return { status: 403, body: "send the header Metadata-Flavor: Google\n", contentType: "text/plain" };
  }
  if (account === undefined) return NOT_FOUND;
  const { pathname, searchParams } = url;
  if (pathname === `${ACCOUNT_PATH}email`) return text(account.email);
  if (pathname === `${ACCOUNT_PATH}token`) return accessTokenAnswer(await account.accessToken());
  if (pathname === `${ACCOUNT_PATH}identity`) return await identityAnswer(account, searchParams);
  return NOT_FOUND;
}

async function identityAnswer(account: MachineAccount, query: URLSearchParams): Promise<Answer> {
  const audience = query.get("audience");
  if (audience === null || audience === "") return { ...text("non-empty audience parameter required\n"), status: 400 };
  return text(await account.identityToken(audience, query.get("format") === "full"));
}

function accessTokenAnswer({ token, expiresInSeconds }: AccessToken): Answer {
  return json({ access_token: token, expires_in: expiresInSeconds, token_type: "Bearer" }, FLAVOR);
}

function text(body: string): Answer {
  return { status: 200, body, contentType: "text/plain", headers: FLAVOR };
}
