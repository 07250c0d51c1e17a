import { CachedToken, type FetchedToken } from "../../../services/google/cached-token";

let now: number;
let fetched: number;
let answer: () => Promise<FetchedToken>;
const cached = () =>
  new CachedToken(
    () => (fetched++, answer()),
    () => now,
  );

beforeEach(() => {
  now = 1_000_000;
  fetched = 0;
  answer = () => Promise.resolve({ token: `token${fetched}`, lifetimeMs: 3_600_000 });
});

it("is fetched once for as long as it is good, and again shortly before it expires", async () => {
  const token = cached();
  expect([await token.get(), await token.get()]).toEqual(["token1", "token1"]);
  now += 3_239_999;
  expect(await token.get()).toBe("token1");
  now += 1;
  expect(await token.get()).toBe("token2");
});

it("is fetched once for all who ask at once", async () => {
  const token = cached();
  expect(await Promise.all([token.get(), token.get(), token.get()])).toEqual(["token1", "token1", "token1"]);
});

it("is used to its end while no other is to be had, with an attempt now and then", async () => {
  const token = cached();
  await token.get();
  answer = () => Promise.reject(new Error("away"));
  now += 3_300_000;
  expect([await token.get(), await token.get(), fetched]).toEqual(["token1", "token1", 2]);
  now += 5_000;
  expect([await token.get(), fetched]).toEqual(["token1", 3]);
  now += 300_000;
  await expect(token.get()).rejects.toThrow("away");
  answer = () => Promise.resolve({ token: "new", lifetimeMs: 3_600_000 });
  expect(await token.get()).toBe("new");
});

it("is counted from before it was asked for", async () => {
  const token = cached();
  answer = () => {
    now += 3_240_000;
    return Promise.resolve({ token: `token${fetched}`, lifetimeMs: 3_600_000 });
  };
  expect([await token.get(), await token.get()]).toEqual(["token1", "token2"]);
});
