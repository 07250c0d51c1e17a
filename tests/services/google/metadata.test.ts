import { decodeJwt, UnsecuredJWT } from "jose";
import { LocalIssuer } from "../../../sandbox/issuer";
import { MetadataServer } from "../../../services/google/metadata";
import { until } from "../../support/until";
import { StubServer } from "../http/stub-server";

const EMAIL = "name-servers@project.iam.gserviceaccount.com";

describe("the local cloud's metadata server", () => {
  let issuer: LocalIssuer;
  let metadata: MetadataServer;
  beforeAll(async () => {
    issuer = await LocalIssuer.start();
    metadata = new MetadataServer({ host: await issuer.metadataServer(EMAIL) });
  });
  afterAll(() => issuer.stop());

  it("gives identity tokens that carry the email, one per audience", async () => {
    const token = await metadata.identityToken("https://resolution.example.dev");
    expect(decodeJwt(token)).toMatchObject({
      aud: "https://resolution.example.dev",
      email: EMAIL,
      email_verified: true,
    });
    expect(await metadata.identityToken("https://resolution.example.dev")).toBe(token);
    expect(decodeJwt(await metadata.identityToken("https://other.example.dev")).aud).toBe("https://other.example.dev");
  });

  it("gives access tokens", async () => {
    const token = await metadata.accessToken();
    expect(token).toMatch(/./);
    expect(await metadata.accessToken()).toBe(token);
  });

  it("is found by GCE_METADATA_HOST", async () => {
    const before = process.env.GCE_METADATA_HOST;
    process.env.GCE_METADATA_HOST = await issuer.metadataServer("other@project.iam.gserviceaccount.com");
    const token = await new MetadataServer().identityToken("x").finally(() => {
      if (before === undefined) delete process.env.GCE_METADATA_HOST;
      else process.env.GCE_METADATA_HOST = before;
    });
    expect(decodeJwt(token).email).toBe("other@project.iam.gserviceaccount.com");
  });
});

describe("a metadata server", () => {
  let server: StubServer;
  beforeAll(async () => void (server = await StubServer.start()));
  afterAll(() => server.stop());

  it("is asked with the header that it wants, for everything that a token can carry", async () => {
    server.replyWith({ status: 404 });
    await expect(new MetadataServer({ host: server.host }).identityToken("https://a b")).rejects.toThrow(
      `the metadata server at ${server.host} answered 404 to identity: ; give this machine or pod a service account`,
    );
    expect(server.asked).toMatchObject([
      {
        path: "/computeMetadata/v1/instance/service-accounts/default/identity?audience=https%3A%2F%2Fa+b&format=full",
        headers: { "metadata-flavor": "Google" },
      },
    ]);
  });

  it("is asked again while it is not ready", async () => {
    server.replyWith(
      { status: 503 },
      { status: 200, body: { access_token: "t", expires_in: 3600, token_type: "Bearer" } },
    );
    expect(await new MetadataServer({ host: server.host }).accessToken()).toBe("t");
  });

  it.each([["{}"], ["no JSON"], ['{"access_token":"t","expires_in":"soon"}']])(
    "is not trusted with %s",
    async (body) => {
      server.replyWith({ status: 200, body });
      await expect(new MetadataServer({ host: server.host }).accessToken()).rejects.toThrow("gave no access token");
    },
  );

  it("gives a token that is used for no longer than it lasts, however slow this machine's clock is", async () => {
    const now = Math.floor(Date.now() / 1000);
    const inTwoHours = new UnsecuredJWT({}).setIssuedAt(now + 7200).setExpirationTime(now + 7201);
    server.replyWith({ status: 200, body: inTwoHours.encode() });
    const metadata = new MetadataServer({ host: server.host });
    await metadata.identityToken("a");
    await until("the token to be replaced", async () => {
      await metadata.identityToken("a");
      return server.asked.length > 1 || undefined;
    });
  });

  it("is not trusted with an identity token that is none", async () => {
    server.replyWith({ status: 200, body: "hello" });
    await expect(new MetadataServer({ host: server.host }).identityToken("x")).rejects.toThrow("that is no JWT");
  });
});
