import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Processes, type ProcessSpec } from "../../../../sandbox/cloud/processes/processes";
import { readProcess } from "../../../../sandbox/cloud/processes/process-table";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { SILENT } from "../support";

const PATH = process.env.PATH ?? "";
const started: Processes[] = [];

afterEach(async () => {
  for (const processes of started.splice(0)) await processes.stop();
  removeTempDirs();
});

function processesIn(directory: string): Processes {
  const processes = new Processes({ directory, log: SILENT });
  started.push(processes);
  return processes;
}

function shell(directory: string, script: string, changes: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    name: "test",
    executable: "sh",
    args: ["-c", script],
    environment: { PATH },
    directory,
    log: join(directory, "logs", "test.log"),
    ...changes,
  };
}

/** A shell that names itself and a child, which it waits for. Each line names a process. */
const WITH_CHILD = "sleep 1000 & echo $!; echo $$; wait";

async function pidsIn(directory: string, count: number): Promise<number[]> {
  const log = join(directory, "logs", "test.log");
  return await until("process numbers", () => {
    const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : [];
    return lines.length >= count && lines.map(Number);
  });
}

function runs(pid: number): boolean {
  return readProcess(pid)?.isZombie === false;
}

describe("processes of the local cloud", () => {
  it("tell how they ended, with their last words", async () => {
    const directory = tempDir();
    const running = await processesIn(directory).start(shell(directory, "echo no key; exit 3"));
    expect(await running.ended).toEqual({ code: 3, text: "ended with code 3: no key" });
    expect(readdirSync(join(directory, "processes"))).toEqual([]);
  });

  it("reject the start of a program that does not exist", async () => {
    const directory = tempDir();
    const start = processesIn(directory).start(shell(directory, "", { executable: "/no/such/program" }));
    await expect(start).rejects.toThrow(/^\/no\/such\/program cannot be run: .*ENOENT/);
  });

  it("get no environment but their own", async () => {
    const directory = tempDir();
    const spec = shell(directory, "env", { environment: { PATH, ONLY: "this" } });
    await (
      await processesIn(directory).start(spec)
    ).ended;
    const names = readFileSync(spec.log, "utf8")
      .split("\n")
      .map((line) => line.split("=")[0]);
    expect(names).toContain("ONLY");
    expect(names).not.toContain("HOME");
  });

  it("are asked to end, and end as they like to in time", async () => {
    const directory = tempDir();
    const running = await processesIn(directory).start(
      shell(directory, "trap 'echo goodbye; exit 0' TERM; echo 1; while :; do sleep 0.01; done"),
    );
    await pidsIn(directory, 1);
    expect(await running.stop(10_000)).toEqual({ code: 0, text: "ended with code 0: goodbye" });
  });

  it("take whatever they have started with them when they end", async () => {
    const directory = tempDir();
    const running = await processesIn(directory).start(shell(directory, "sleep 1000 & echo $!; exit 0"));
    await running.ended;
    const [child = 0] = await pidsIn(directory, 1);
    expect(runs(child)).toBe(false);
  });

  it("are killed with their children where they do not end in time", async () => {
    const directory = tempDir();
    const running = await processesIn(directory).start(shell(directory, `trap '' TERM; ${WITH_CHILD}; wait`));
    const pids = await pidsIn(directory, 2);
    expect(await running.stop(50)).toMatchObject({ signal: "SIGKILL" });
    expect(pids.filter(runs)).toEqual([]);
  });

  it("are killed with children that have left their group", async () => {
    const directory = tempDir();
    const running = await processesIn(directory).start(
      shell(directory, "setsid sh -c 'echo $$; sleep 1000 & echo $!; wait' & wait"),
    );
    const pids = await pidsIn(directory, 2);
    expect(pids.filter(runs)).toEqual(pids);
    await running.kill();
    expect(pids.filter(runs)).toEqual([]);
  });

  it("all end when the local cloud stops", async () => {
    const directory = tempDir();
    const processes = processesIn(directory);
    await processes.start(shell(directory, WITH_CHILD));
    const pids = await pidsIn(directory, 2);
    await processes.stop();
    expect(pids.filter(runs)).toEqual([]);
  });

  it("of a local cloud that was killed are ended by the next one", async () => {
    const directory = tempDir();
    // A local cloud of its own, which dies before it can stop anything.
    const script = `
      const { Processes } = require(${JSON.stringify(require.resolve("../../../../sandbox/cloud/processes/processes.ts"))});
      const log = { warn() {}, info() {}, error() {}, debug() {} };
      const processes = new Processes({ directory: process.argv[1], log });
      const spec = ${JSON.stringify(shell(directory, WITH_CHILD))};
      processes.start(spec).then(() => setInterval(() => undefined, 1000));`;
    const loader = join(__dirname, "../../../../tools/typescript.cjs");
    const cloud = spawn(process.execPath, ["--require", loader, "--eval", script, directory], { stdio: "inherit" });
    const pids = await pidsIn(directory, 2);
    // A process may speak before the local cloud has noted that it runs.
    await until("the note", () => readdirSync(join(directory, "processes")).length > 0);
    cloud.kill("SIGKILL");
    await once(cloud, "exit");
    expect(pids.filter(runs)).toEqual(pids);

    await processesIn(directory).endLeftovers();
    expect(pids.filter(runs)).toEqual([]);
    expect(readdirSync(join(directory, "processes"))).toEqual([]);
  });

  it("of others are left alone, whatever the journal says of their number", async () => {
    const directory = tempDir();
    const other = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
    const crashed = processesIn(directory);
    const running = await crashed.start(shell(directory, "sleep 1000"));
    const noted = readFileSync(join(directory, "processes", String(running.pid)), "utf8");
    // The number has come to be another process's since.
    writeFileSync(
      join(directory, "processes", String(other.pid)),
      noted.replace(`"pid":${running.pid}`, `"pid":${other.pid}`).replace(/"started":"\d+"/, '"started":"1"'),
    );
    await processesIn(directory).endLeftovers();
    expect(runs(other.pid ?? 0)).toBe(true);
    expect(runs(running.pid)).toBe(false);
    const exited = once(other, "exit");
    other.kill("SIGKILL");
    await exited;
  });
});
