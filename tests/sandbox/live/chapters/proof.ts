/** The first run from nothing, what its last lines tell one to try, and a second run. */
import { spawnSync } from "node:child_process";
import { WebSocket } from "ws";
import type { LiveSandbox } from "../support/live-sandbox";

const TOTAL = /^total +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)\s*$/m;

/** `create update replace delete same` of all stacks. */
function totals(text: string): number[] {
  return TOTAL.exec(text)?.slice(1).map(Number) ?? [];
}

export function proof(sandbox: LiveSandbox): void {
  let first = "";

  test("one command brings everything up from nothing, and proves by a table that it answers", async () => {
    const stdout = (first = await sandbox.ok(["sandbox"]));
    const [created, ...rest] = totals(stdout);
    expect(created).toBeGreaterThan(300);
    expect(rest).toEqual([0, 0, 0, 0]);
    const rows = stdout.split("\n").filter((line) => / (ok|FAILED)$/.test(line));
    expect(rows.filter((line) => line.endsWith(" ok"))).toEqual(rows);
    expect(rows.length).toBeGreaterThanOrEqual(14);
    for (const kind of ["app", "WebSocket", "custom domain"]) {
      expect(rows.filter((line) => line.includes(` ${kind} `))).not.toEqual([]);
    }
    sandbox.isUp = true;
  });

  test("what it tells one to try works as it is printed: a name server's answer leads to the user's cluster", async () => {
    const alice = (await sandbox.prove()).find(({ user, kind }) => user === "alice" && kind === "app");
    const { cluster = "", address = "" } = alice?.expected ?? {};
    expect(await sandbox.json(["resolve", "sandbox", "alice"])).toMatchObject({ user: "alice", cluster });
    expect(shell(`${tip(first, "ask a name server")} +short`).split("\n")).toContain(address);
    for (const visit of ["visit an app", "and by the user's own domain"]) {
      const command = tip(first, visit);
      expect(command).toContain(`:${address} `);
      expect(servedBy(shell(command.replace("curl ", "curl -sSi --max-time 20 ")))).toBe(cluster);
    }
  });

  test("every name server of the delegation says where each user lives, and the app's WebSocket echoes from there", async () => {
    const rows = await sandbox.prove();
    const { dns, http } = await sandbox.cloud.publicPorts();
    const resolver = await sandbox.cloud.resolver();
    const ask = (host: string, port: number, name: string, type = "A") =>
      shell(`kdig @${host} -p ${port} ${name} ${type} +short +timeout=3`).trim().split("\n");
    const names = ask(resolver.host, resolver.port, "apps.sandbox.test", "NS");
    expect(names).toHaveLength(2);
    const servers = names.flatMap((name) => ask(resolver.host, resolver.port, name));
    for (const { host, kind, expected } of rows) {
      if (kind === "custom domain") continue;
      for (const server of servers) expect(ask(server, dns, host).at(-1)).toBe(expected.address);
    }
    const socket = rows.find(({ kind }) => kind === "WebSocket");
    const { host = "", expected = { address: "", cluster: "" } } = socket ?? {};
    expect(await echo(`ws://${expected.address}:${http}/`, host)).toEqual({
      said: "are you there?",
      by: expected.cluster,
    });
  });

  test("a second run changes nothing", async () => {
    const [created = 0] = totals(first);
    expect(totals(await sandbox.ok(["sandbox"]))).toEqual([0, 0, 0, 0, created]);
  });
}

/** The command behind a line of `Try next:`. */
function tip(stdout: string, what: string): string {
  const line = stdout.split("\n").find((each) => each.trim().startsWith(`${what}: `));
  if (line === undefined) throw new Error(`there is no line "${what}:" in:\n${stdout}`);
  return line.slice(line.indexOf(": ") + 2).trim();
}

function shell(command: string): string {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8", timeout: 60_000 });
  if (status !== 0) throw new Error(`${command} exited with ${status}:\n${stderr}\n${stdout}`);
  return stdout;
}

/** The cluster that container hosts name in a header: `x-served-by: <cluster>/<node>/...`. */
function servedBy(response: string): string | undefined {
  return /^x-served-by: ([^/\s]+)\//im.exec(response)?.[1];
}

async function echo(url: string, host: string): Promise<{ said: string; by: string | undefined }> {
  const socket = new WebSocket(url, { headers: { host }, handshakeTimeout: 10_000 });
  try {
    let by: string | undefined;
    socket.once("upgrade", ({ headers }) => (by = servedBy(`x-served-by: ${String(headers["x-served-by"])}`)));
    return await new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("it was closed")));
      socket.once("open", () => socket.send("are you there?"));
      socket.once("message", (data: Buffer) => resolve({ said: data.toString(), by }));
    });
  } finally {
    socket.on("error", () => undefined);
    socket.terminate();
  }
}
