import { readNewestVersions, readSecret } from "../../../services/google/secrets";
import { StubServer } from "../http/stub-server";

const REGIONAL = "projects/p-1/locations/europe-west1/secrets/prod-key";

let server: StubServer;
beforeAll(async () => void (server = await StubServer.start()));
afterAll(() => server.stop());

const read = (name: string) => readSecret(name, "token", { endpoint: server.url });
const content = (text: string) => ({
  status: 200,
  body: { name: REGIONAL, payload: { data: Buffer.from(text).toString("base64") } },
});

describe("a secret", () => {
  it.each([
    [`${REGIONAL}/versions/3`, `/v1/${REGIONAL}/versions/3:access`],
    [REGIONAL, `/v1/${REGIONAL}/versions/latest:access`],
    ["projects/p/secrets/s/versions/latest", "/v1/projects/p/secrets/s/versions/latest:access"],
  ])("is read by its name: %s", async (name, path) => {
    server.replyWith(content("hush é"));
    expect(await read(name)).toBe("hush é");
    expect(server.asked).toMatchObject([{ path, headers: { authorization: "Bearer token" } }]);
  });

  it("is read from where SECRET_MANAGER_ENDPOINT says", async () => {
    process.env.SECRET_MANAGER_ENDPOINT = `${server.url}/`;
    server.replyWith(content("x"));
    await readSecret(REGIONAL, "token").finally(() => delete process.env.SECRET_MANAGER_ENDPOINT);
    expect(server.asked[0]?.path).toBe(`/v1/${REGIONAL}/versions/latest:access`);
  });

  it.each([
    ["projects/p-1/secrets/s", "https://secretmanager.googleapis.com/v1/projects/p-1/secrets/s/versions/latest:access"],
    [REGIONAL, `https://secretmanager.europe-west1.rep.googleapis.com/v1/${REGIONAL}/versions/latest:access`],
  ])("is Google's to keep, in its region: %s", async (name, url) => {
    const asked: unknown[] = [];
    const fetched = jest.spyOn(globalThis, "fetch").mockImplementation((input) => {
      asked.push(input);
      return Promise.resolve(new Response(JSON.stringify(content("x").body)));
    });
    await readSecret(name, "token").finally(() => fetched.mockRestore());
    expect(asked).toEqual([new URL(url)]);
  });

  it("is asked for again when Google is in trouble", async () => {
    server.replyWith({ status: 503 }, content("x"));
    expect(await read(REGIONAL)).toBe("x");
  });

  it.each([
    [403, "; grant this service account roles/secretmanager.secretAccessor on it"],
    [404, "; there is no such version"],
    [400, ""],
  ])("that cannot be read says so: %i", async (status, remedy) => {
    server.replyWith({ status, body: "hush" });
    await expect(read(REGIONAL)).rejects.toThrow(
      new Error(`secret ${REGIONAL} cannot be read: ${server.host} answered ${status}${remedy}`),
    );
  });

  it("is never part of an error", async () => {
    server.replyWith({ status: 200, body: { payload: { data: "hush!" } } });
    await expect(read(REGIONAL)).rejects.toThrow(
      new Error(`secret ${REGIONAL} cannot be read: ${server.host} gave no content`),
    );
  });

  it.each(["", "secrets/s", "projects/p/secrets/s/versions/", "projects/p/secrets/../x", `${REGIONAL}:access`])(
    "has a name of the form that Secret Manager gives it, not %j",
    async (name) => {
      server.replyWith(content("x"));
      await expect(read(name)).rejects.toThrow(`"${name}" is no secret's name: it must be projects/<project>`);
      expect(server.asked).toEqual([]);
    },
  );
});

describe("the newest versions of a secret", () => {
  const version = (number: number, text: string) => ({
    status: 200,
    body: { ...content(text).body, name: `${REGIONAL}/versions/${number}` },
  });
  const newest = () => readNewestVersions(REGIONAL, "token", { endpoint: server.url });

  it("are the latest and the one before", async () => {
    server.replyWith(version(7, "new"), version(6, "old"));
    expect(await newest()).toEqual(["new", "old"]);
    expect(server.asked.map(({ path }) => path)).toEqual([
      `/v1/${REGIONAL}/versions/latest:access`,
      `/v1/${REGIONAL}/versions/6:access`,
    ]);
  });

  it.each([400, 404])("are the latest alone where the one before is disabled or gone: %i", async (status) => {
    server.replyWith(version(7, "new"), { status });
    expect(await newest()).toEqual(["new"]);
  });

  it("are the first alone", async () => {
    server.replyWith(version(1, "only"));
    expect(await newest()).toEqual(["only"]);
    expect(server.asked).toHaveLength(1);
  });

  it("cannot be told while one of them cannot be read", async () => {
    server.replyWith(version(7, "new"), { status: 403 });
    await expect(newest()).rejects.toThrow("answered 403");
  });
});
