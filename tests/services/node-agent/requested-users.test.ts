import { RequestedUsers } from "../../../services/node-agent/agent/requested-users";
import { until } from "../../support/until";
import { RecordingLog } from "./recording-log";

const recording = new RecordingLog();
const sent: (readonly string[])[] = [];
let answers: (() => Promise<readonly string[]>)[];
let asked: number;
let isPossible: boolean;
let users: RequestedUsers;

beforeEach(() => {
  sent.length = 0;
  recording.lines.length = 0;
  asked = 0;
  answers = [];
  isPossible = true;
  const requested = () => (asked++, (answers.shift() ?? (() => Promise.resolve([])))());
  users = new RequestedUsers(
    { driver: { requested }, log: recording.log, requestedMs: 5 },
    { isPossible: () => isPossible, send: (some) => void sent.push(some) },
  );
});
afterEach(() => users.stop());

it("are told of when there are any", async () => {
  answers = [() => Promise.resolve(["alice"]), () => Promise.resolve([]), () => Promise.resolve(["bob"])];
  users.start();
  await until("four questions", () => asked >= 4);
  expect(sent).toEqual([["alice"], ["bob"]]);
});

it("stay with the driver until they can be told of", async () => {
  isPossible = false;
  users.start();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(asked).toBe(0);
  isPossible = true;
  await until("a question", () => asked > 0);
});

it("are asked for again where the driver cannot tell, which is said once", async () => {
  const fails = () => Promise.reject(new Error("away"));
  answers = [fails, fails, () => Promise.resolve(["alice"])];
  users.start();
  await until("a report", () => sent.length > 0);
  expect(recording.messages("warn")).toEqual(["the driver cannot tell which users were asked for"]);
});

it("are asked for by one question at a time, and the last is waited for", async () => {
  let answer: (some: string[]) => void = () => undefined;
  answers = [() => new Promise((resolve) => (answer = resolve))];
  users.start();
  await until("a question", () => asked === 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(asked).toBe(1);
  const stopped = users.stop();
  answer(["alice"]);
  await stopped;
  expect(sent).toEqual([["alice"]]);
});
