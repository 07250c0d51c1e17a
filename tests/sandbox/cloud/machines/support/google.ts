/** What of Google's APIs nodes need to begin: tokens that nobody checks, a key for every secret, and no instances. */
import { UnsecuredJWT } from "jose";
import type { Identities } from "../../../../../sandbox/cloud/context";
import { json, Listener, NOT_FOUND } from "../../../../../sandbox/issuer/listener";

/** As a TSIG key has to be, and any other may. */
const KEY = Buffer.alloc(32, "key").toString("base64");

export class SmallGoogle {
  private constructor(private readonly listener: Listener) {}

  static async start(address: string): Promise<SmallGoogle> {
    const listener = await Listener.start(
      ({ pathname, searchParams }) => {
        if (pathname.endsWith("/identity")) {
          const token = new UnsecuredJWT({ aud: searchParams.get("audience") ?? "" });
          return { status: 200, body: token.setIssuedAt().setExpirationTime("1h").encode(), contentType: "text/plain" };
        }
        if (pathname.endsWith("/token")) return json({ access_token: "a token", expires_in: 3600 });
        if (pathname.endsWith(":access")) return json({ payload: { data: Buffer.from(KEY).toString("base64") } });
        return pathname.endsWith("/instances") ? json({ items: [] }) : NOT_FOUND;
      },
      { address },
    );
    return new SmallGoogle(listener);
  }

  get identities(): Pick<Identities, "metadataHost" | "endpoints"> {
    const { host } = this.listener;
    const url = `http://${host}`;
    return {
      metadataHost: () => host,
      endpoints: { issuer: url, jwks: `${url}/keys`, compute: url, secretManager: url },
    };
  }

  async stop(): Promise<void> {
    await this.listener.stop();
  }
}
