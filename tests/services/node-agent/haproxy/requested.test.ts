import { MAX_REPORTED, RequestedUsers } from "../../../../services/node-agent/haproxy/requested";

const counted = (key: string, requests: number, expiresInMs = 1000) => ({ key, requests, expiresInMs });
let users: RequestedUsers;
beforeEach(() => (users = new RequestedUsers()));

it("reports a user whose count has changed, once", () => {
  users.take(1, [counted("a", 1)]);
  expect(users.report()).toEqual(["a"]);
  users.take(1, [counted("a", 1, 900)]);
  expect(users.report()).toEqual([]);
  users.take(1, [counted("a", 2, 1000)]);
  expect(users.report()).toEqual(["a"]);
});

it("reports a user whose entry expired and was made anew with the same count", () => {
  users.take(1, [counted("a", 1, 10)]);
  users.report();
  users.take(1, [counted("a", 1, 995)]);
  expect(users.report()).toEqual(["a"]);
});

it("reports a user who was away from the table in between", () => {
  users.take(1, [counted("a", 1)]);
  users.report();
  users.take(1, []);
  users.take(1, [counted("a", 1, 500)]);
  expect(users.report()).toEqual(["a"]);
});

it("counts each process apart, and forgets those that are gone", () => {
  users.take(1, [counted("a", 1)]);
  users.take(2, [counted("a", 1)]);
  users.report();
  users.take(2, [counted("a", 1, 900)]);
  expect(users.report()).toEqual([]);
  users.keepOnly([2]);
  users.take(1, [counted("a", 1, 900)]);
  expect(users.report()).toEqual(["a"]);
});

it("reports so many at once at most, the others next, whoever is asked for all the time", () => {
  const busy = Array.from({ length: MAX_REPORTED }, (_, index) => `busy${index}`);
  users.take(1, [...busy.map((key) => counted(key, 1)), counted("quiet", 1)]);
  expect(users.report()).toEqual(busy);
  users.take(1, [...busy.map((key) => counted(key, 2)), counted("quiet", 1)]);
  const next = users.report();
  expect(next).toHaveLength(MAX_REPORTED);
  expect(next[0]).toBe("quiet");
  expect(users.report()).toEqual([busy.at(-1)]);
});
