/** Verification of OIDC tokens, against the local issuer over HTTP and with clocks and outages of a test's making. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { SignJWT, UnsecuredJWT } from "jose";
import { LocalIssuer, type TokenRequest } from "../../../../sandbox/issuer";
import { IssuerKeys } from "../../../../services/resolution/identity/issuer-keys";
import { TokenVerifier } from "../../../../services/resolution/identity/tokens";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";

const AUDIENCE = "https://resolution.example.org";
const EMAIL = "edge@project.example.org";
let issuer: LocalIssuer;

beforeAll(async () => (issuer = await LocalIssuer.start()));
afterAll(async () => {
  await issuer.stop();
  removeTempDirs();
});

function verifierOf(keys = new IssuerKeys(issuer.jwksUrl)): TokenVerifier {
  return new TokenVerifier({ issuer: issuer.url, audience: AUDIENCE, keys });
}

async function token(claims: TokenRequest["claims"] = {}): Promise<string> {
  return await issuer.token({ email: EMAIL, audience: AUDIENCE, claims });
}

const seconds = () => Math.floor(Date.now() / 1000);

describe("a token", () => {
  it("proves its email, in lower case, and is then known without its signature", async () => {
    const verifier = verifierOf();
    const fresh = await token({ email: "Edge@Project.example.org" });
    expect(verifier.recall(fresh)).toBeUndefined();
    await expect(verifier.verify(fresh)).resolves.toBe(EMAIL);
    expect(verifier.recall(fresh)).toBe(EMAIL);
  });

  it.each<[string, () => Promise<string> | string, RegExp]>([
    ["expired", () => token({ exp: seconds() - 60 }), /"exp" claim/],
    ["not valid yet", () => token({ nbf: seconds() + 600 }), /"nbf" claim/],
    ["without an end", () => token({ exp: undefined }), /"exp" claim/],
    ["for another audience", () => token({ aud: "https://elsewhere.example.org" }), /"aud" claim/],
    ["of another issuer", () => token({ iss: "https://issuer.example.org" }), /"iss" claim/],
    ["without email", () => token({ email: undefined }), /no verified email/],
    ["with an email that nobody verified", () => token({ email_verified: false }), /no verified email/],
    ["cut short", async () => (await token()).slice(0, -4), /signature/],
    ["changed", async () => changed(await token()), /signature/],
    ["unsigned", () => unsigned(), /./],
    ["signed with the public key as a secret", () => confused(), /"alg"/],
    ["no token at all", () => "garbage", /Invalid Compact JWS/],
  ])("that is %s is unauthenticated", async (_, make, reason) => {
    const refused = verifierOf().verify(await make());
    await expect(refused).rejects.toMatchObject({
      type: "unauthenticated",
      message: expect.stringMatching(reason) as string,
    });
  });

  it("that was known is asked for again once it has expired", async () => {
    const verifier = verifierOf();
    // Just outside of its time, and within the tolerance for clocks that differ.
    const late = await token({ exp: seconds() - 15 });
    await verifier.verify(late);
    expect(verifier.recall(late)).toBe(EMAIL);
    jest.useFakeTimers({ now: Date.now() + 20_000, doNotFake: ["performance"] });
    try {
      expect(verifier.recall(late)).toBeUndefined();
    } finally {
      jest.useRealTimers();
    }
  });

  it("of another key of the issuer's is unauthenticated", async () => {
    const other = await LocalIssuer.start();
    const foreign = await other.token({ email: EMAIL, audience: AUDIENCE, claims: { iss: issuer.url } });
    await other.stop();
    await expect(verifierOf().verify(foreign)).rejects.toMatchObject({ type: "unauthenticated" });
  });
});

/** The same token for somebody else, with the signature as it was. */
function changed(signed: string): string {
  const [header, payload = "", signature] = signed.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
  const forged = Buffer.from(JSON.stringify({ ...claims, email: "operator@example.org" })).toString("base64url");
  return [header, forged, signature].join(".");
}

function unsigned(): string {
  return new UnsecuredJWT({ email: EMAIL, email_verified: true })
    .setIssuer(issuer.url)
    .setAudience(AUDIENCE)
    .setExpirationTime("1h")
    .encode();
}

async function confused(): Promise<string> {
  const published = Buffer.from(await (await fetch(issuer.jwksUrl)).text());
  const claims = { iss: issuer.url, aud: AUDIENCE, email: EMAIL, email_verified: true, exp: seconds() + 600 };
  return await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(published);
}

describe("the issuer's keys", () => {
  const MINUTE = 60_000;

  /** Keys over a network that a test can cut, at times that it sets. */
  function keysOf(served: () => LocalIssuer | undefined) {
    const clock = { now: 0, fetches: 0 };
    const keys = new IssuerKeys(issuer.jwksUrl, {
      now: () => clock.now,
      fetch: async () => {
        clock.fetches++;
        const from = served();
        if (from === undefined) throw new TypeError("fetch failed");
        return await fetch(from.jwksUrl);
      },
    });
    return { clock, verifier: verifierOf(keys) };
  }

  it("go on counting while the issuer cannot be reached", async () => {
    let reachable: LocalIssuer | undefined = issuer;
    const { clock, verifier } = keysOf(() => reachable);
    await verifier.verify(await token());
    reachable = undefined;
    clock.now += 24 * 60 * MINUTE;
    await expect(verifier.verify(await token())).resolves.toBe(EMAIL);
    expect(clock.fetches).toBe(2);
  });

  it("are no answer while they were never fetched: nobody is let in, and callers are asked to come back", async () => {
    let reachable: LocalIssuer | undefined = undefined;
    const { clock, verifier } = keysOf(() => reachable);
    const first = await token();
    await expect(verifier.verify(first)).rejects.toMatchObject({ type: "issuer-unavailable", retryAfterSeconds: 1 });
    await expect(verifier.verify(first)).rejects.toMatchObject({ type: "issuer-unavailable" });
    expect(clock.fetches).toBe(1);
    reachable = issuer;
    clock.now += 1_000;
    await expect(verifier.verify(first)).resolves.toBe(EMAIL);
  });

  it("are fetched again for a key that nobody knows, at most every thirty seconds", async () => {
    let serving = await LocalIssuer.start();
    const { clock, verifier } = keysOf(() => serving);
    const other = serving;
    await expect(verifier.verify(await token())).rejects.toMatchObject({ type: "unauthenticated" });
    await expect(verifier.verify(await token())).rejects.toMatchObject({ type: "unauthenticated" });
    expect(clock.fetches).toBe(1);
    serving = issuer;
    clock.now += 30_000;
    await expect(verifier.verify(await token())).resolves.toBe(EMAIL);
    expect(clock.fetches).toBe(2);
    await other.stop();
  });
});

describe("the local issuer", () => {
  it("keeps its key in a file that only its owner reads, so that tokens outlive it", async () => {
    const keyFile = join(tempDir(), "key.json");
    const first = await LocalIssuer.start({ keyFile });
    const [made, keys] = [readFileSync(keyFile, "utf8"), await (await fetch(first.jwksUrl)).text()];
    await first.stop();
    const second = await LocalIssuer.start({ keyFile });
    expect(await (await fetch(second.jwksUrl)).text()).toBe(keys);
    await second.stop();
    expect(readFileSync(keyFile, "utf8")).toBe(made);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(Object.keys((JSON.parse(keys) as { keys: object[] }).keys[0] ?? {})).not.toContain("d");
  });

  it("stands in for a machine's metadata server", async () => {
    const account = `http://${await issuer.metadataServer(EMAIL)}/computeMetadata/v1/instance/service-accounts/default`;
    const ask = (path: string, headers: Record<string, string> = { "Metadata-Flavor": "Google" }) =>
      fetch(`${account}/${path}`, { headers });
    const identity = await (await ask(`identity?audience=${AUDIENCE}&format=full`)).text();
    await expect(verifierOf().verify(identity)).resolves.toBe(EMAIL);
    const brief = await (await ask(`identity?audience=${AUDIENCE}`)).text();
    await expect(verifierOf().verify(brief)).rejects.toMatchObject({ type: "unauthenticated" });
    expect(await (await ask("token")).json()).toMatchObject({ token_type: "Bearer", expires_in: 3600 });
    expect((await ask("identity")).status).toBe(400);
    expect((await ask("token", {})).status).toBe(403);
    expect((await ask("nothing")).status).toBe(404);
  });
});
