/** The process that serves the pack, started as an engine without a Node language host starts it. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { CONFIG_FILE_VARIABLE, STACK_VARIABLE } from "../../config/handover";
import { committedFile, REPOSITORY } from "../support/environments";
import { until } from "../support/until";

const HOST = join(REPOSITORY, "deploy", "policy-host", "pulumi-analyzer-policy-nodejs");
const PACK = join(REPOSITORY, "policy");

/** Stands for the engine: starts the pack, tells its process id, and ends when its input does. */
const ENGINE = '"$0" 127.0.0.1:1 . & echo "pid $!"; read -r _';

jest.setTimeout(90_000);

let engine: ChildProcess | undefined;
let pack: number | undefined;
afterEach(() => {
  engine?.kill("SIGKILL");
  if (pack !== undefined && isRunning(pack)) process.kill(pack, "SIGKILL");
  engine = pack = undefined;
});

/** Whether the process runs; one that ended and that its parent has not asked about yet does not. */
function isRunning(pid: number): boolean {
  try {
    return !execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).startsWith("Z");
  } catch {
    return false;
  }
}

async function startPack(variables: NodeJS.ProcessEnv): Promise<{ pid: number; end: () => void }> {
  const child = spawn("sh", ["-c", ENGINE, HOST], { cwd: PACK, env: { PATH: process.env.PATH, ...variables } });
  engine = child;
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const pid = Number(await until("the pack's process id", () => /^pid (\d+)$/m.exec(output)?.[1]));
  pack = pid;
  await until(`the pack's port, or its end in: ${output}`, () => /^\d+$/m.test(output) || !isRunning(pid));
  if (!isRunning(pid)) throw new Error(output);
  return { pid, end: () => child.stdin.end() };
}

const HANDED_OVER = { [STACK_VARIABLE]: "prod.free", [CONFIG_FILE_VARIABLE]: committedFile("prod") };

test("the pack knows its stack from the command, whatever the engine tells it", async () => {
  await expect(startPack(HANDED_OVER)).resolves.toBeDefined();
});

test("the pack refuses to start for a cluster that is not configured", async () => {
  await expect(startPack({ ...HANDED_OVER, [STACK_VARIABLE]: "prod.fre" })).rejects.toThrow(
    /clusters\.fre: is not in the configuration \(did you mean "free"\?\)/,
  );
});

test("the pack ends when its engine was killed", async () => {
  const { pid, end } = await startPack(HANDED_OVER);
  end();
  await until("the end of the pack", () => !isRunning(pid));
});
