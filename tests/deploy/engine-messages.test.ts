import { explainEngineError } from "../../deploy/engine-messages";

test.each([
  [
    "a missing passphrase",
    "error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or ...",
    /^no passphrase: .*PULUMI_CONFIG_PASSPHRASE/,
  ],
  ["a wrong passphrase", "error: getting secrets manager: incorrect passphrase", /^wrong passphrase/],
  ["no login", "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions", /pulumi login/],
  [
    "a missing bucket",
    "error: unable to open bucket file:///nope: stat /nope: no such file or directory",
    /^cannot reach the backend \(file:\/\/\/nope\)/,
  ],
  [
    "missing credentials",
    "error: missing google credentials: could not find default credentials",
    /^cannot reach the backend .*credentials/s,
  ],
  ["a backend that hangs", "no answer within 60 s", /^cannot reach the backend .*no answer within 60 s/s],
  [
    "a lock",
    "error: the stack is currently locked by 1 lock(s).\n  created by me@host (pid 7)",
    /created by me@host \(pid 7\)[^]*pulumi cancel/,
  ],
])("%s is explained with its remedy", (_what, stderr, expected) => {
  expect(explainEngineError(stderr, "file:///nope")).toMatch(expected);
});

test("anything else is passed on without its prefix", () => {
  expect(explainEngineError("error: something new\n", "x")).toBe("something new");
});
