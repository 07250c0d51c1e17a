/** Limits: per caller and kind of request, and told with the time to come back. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { problemUri } from "../../../../services/contracts/problems";
import { rateLimiters } from "../../../../services/resolution/server/rate-limits";
import { TestApi } from "./support/api";

// Starting PostgreSQL takes a while on a machine that is busy with other tests.
jest.setTimeout(30_000);

const LIMIT = 5;
let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start({ rateLimits: { resolve: LIMIT, read: LIMIT, write: LIMIT, node: LIMIT } });
  // The first request of a token takes its verification; the limits' second is about what comes after.
  await Promise.all([api.as("operator", "GET", "/v1/nodes"), api.as("platform", "GET", "/v1/users")]);
});
afterAll(async () => api.stop());

/** One after another, as they come over a connection. */
async function ask(caller: "operator" | "stranger"): Promise<Awaited<ReturnType<TestApi["as"]>>[]> {
  const answers = [];
  for (let request = 0; request < MANY; request++) answers.push(await api.as(caller, "GET", "/v1/clusters"));
  return answers;
}

/** More than a second's limit lets through, even where they are spread over three. */
const MANY = 4 * LIMIT;

it("a caller who asks for too much is told to wait, and others and other kinds of request are not", async () => {
  const answers = await ask("operator");
  const refused = answers.filter(({ statusCode }) => statusCode === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(answers.map(({ statusCode }) => statusCode).slice(0, LIMIT - 1)).toEqual([200, 200, 200, 200]);
  for (const answer of refused) {
    expect(answer.json()).toMatchObject({ type: problemUri("rate-limited"), status: 429 });
    expect(answer.headers["retry-after"]).toBe("1");
  }
  expect((await api.as("platform", "GET", "/v1/users")).statusCode).toBe(200);
  const body = { lifecycle: "active" };
  expect((await api.as("operator", "PUT", "/v1/clusters/free/lifecycle", { body })).statusCode).toBe(200);
});

it("whoever may not at all is told that, whatever the rate", async () => {
  const answers = await ask("stranger");
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([403]));
  expect(api.deviations).toEqual([]);
});

it("exactly as many as the limit are let through in a second, of each caller and kind, and as many in the next", () => {
  const clock = { now: 12_345.6 };
  const limiters = rateLimiters({ resolve: 3, read: 2, write: 1, node: 1 }, () => clock.now);
  const admitted = (kind: keyof typeof limiters, email: string, requests: number): number => {
    let count = 0;
    for (let request = 0; request < requests; request++) {
      const from = { caller: { email } } as unknown as FastifyRequest;
      const done = (refusal?: Error) => (count += refusal === undefined ? 1 : 0);
      void Reflect.apply(limiters[kind], undefined, [from, {} as FastifyReply, done]);
    }
    return count;
  };
  for (let second = 0; second < 3; second++) {
    expect(admitted("resolve", "ann", 10)).toBe(3);
    expect(admitted("resolve", "bob", 2)).toBe(2);
    expect(admitted("read", "ann", 10)).toBe(2);
    clock.now += 999;
    expect(admitted("resolve", "ann", 1)).toBe(0);
    expect(admitted("resolve", "bob", 2)).toBe(1);
    clock.now += 1;
  }
});
