/** The local cloud dies and comes back, and the sandbox is taken away. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../../../deploy/process-tree";
import { processesOf } from "../../../support/processes";
import type { LiveSandbox } from "../support/live-sandbox";

export function end(sandbox: LiveSandbox): void {
  const addresses = async () =>
    Object.fromEntries(
      (await sandbox.units())
        .filter(({ kind }) => kind !== "load balancer")
        .map(({ name, address }) => [name, address]),
    );

  test("a local cloud that was killed comes back with the machines that it had, and users are served where they live", async () => {
    const [before, homes] = [await addresses(), await sandbox.prove()];
    const { pid } = await sandbox.cloud.health();
    process.kill(pid, "SIGKILL");
    await sandbox.ok(["sandbox"]);
    expect((await sandbox.cloud.health()).pid).not.toBe(pid);
    expect(await addresses()).toEqual(before);
    const places = (rows: typeof homes) => rows.map(({ host, expected }) => ({ host, ...expected }));
    expect(places(await sandbox.prove())).toEqual(places(homes));
  });

  test("taken away it leaves neither a process nor a file", async () => {
    const pids = (await sandbox.units()).flatMap((unit) => unit.pids);
    expect(processesOf(sandbox.root).length).toBeGreaterThan(pids.length / 2);
    const elsewhere = databaseFolders(sandbox);
    await sandbox.ok(["sandbox", "--down"]);
    expect(processesOf(sandbox.root)).toEqual([]);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(readdirSync(sandbox.root)).toEqual([]);
    expect(elsewhere.filter((folder) => existsSync(folder))).toEqual([]);
  });
}

/** Where PostgreSQL keeps its data outside of the sandbox, which it may not enter when root has made it. */
function databaseFolders({ directory }: LiveSandbox): string[] {
  const folder = join(directory, "cloud", "sql");
  const files = readdirSync(folder).map((name) => join(folder, name, "location"));
  return files.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8").trim());
}
