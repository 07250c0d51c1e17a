import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../support/until";

const PLUGINS = join(__dirname, "..", "..", "sandbox", "plugins");
const DEADLINE = 20_000;

let directory: string;
const started: ChildProcessWithoutNullStreams[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "plugin-"));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

/** Starts a plugin as the engine does, from a folder that has nothing to do with the checkout. */
function start(name: string, variables: NodeJS.ProcessEnv = { LOCAL_CLOUD_DIR: directory }) {
  const executable = join(PLUGINS, name, `pulumi-resource-${name}`);
  const child = spawn(executable, ["127.0.0.1:1"], {
    cwd: directory,
    env: { PATH: process.env.PATH, ...variables },
    timeout: DEADLINE,
    killSignal: "SIGKILL",
  });
  started.push(child);
  return child;
}

async function portOf(child: ChildProcessWithoutNullStreams): Promise<number> {
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return Number(await until("the port", () => /^(\d+)\n/.exec(output)?.[1], DEADLINE));
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const outcome = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "error").then(() => false),
  ]);
  socket.destroy();
  return outcome;
}

describe.each(["gcp", "kubernetes"])("the plugin %s", (name) => {
  test("prints the port it listens on", async () => {
    expect(await accepts(await portOf(start(name)))).toBe(true);
  });

  test("ends when the engine that started it is gone", async () => {
    const child = start(name);
    await portOf(child);
    const exited = once(child, "exit");
    child.stdin.end();
    expect(await exited).toEqual([0, null]);
  });
});

test.each(["SIGINT", "SIGTERM"] as const)("a plugin ends on %s", async (signal) => {
  const child = start("gcp");
  await portOf(child);
  const exited = once(child, "exit");
  child.kill(signal);
  expect(await exited).toEqual([0, null]);
});

test.each<[string, NodeJS.ProcessEnv, RegExp]>([
  ["without a folder for its records", {}, /^LOCAL_CLOUD_DIR is not set/],
  [
    "with faults it cannot read",
    { LOCAL_CLOUD_DIR: "/tmp", LOCAL_CLOUD_FAULTS: "[{}]" },
    /^LOCAL_CLOUD_FAULTS\[0\]\.operation is missing/,
  ],
])("a plugin does not start %s, and says why in one line", async (_, variables, message) => {
  const child = start("gcp", variables);
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  expect(await once(child, "close")).toEqual([1, null]);
  expect(errors).toMatch(message);
  expect(errors.trim().split("\n")).toHaveLength(1);
});
