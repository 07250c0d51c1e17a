/** The runtime API's client, against sockets that answer whatever a test wants. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { Refused, Unreachable } from "../../../../../services/node-agent/haproxy/runtime/exchange";
import { Master } from "../../../../../services/node-agent/haproxy/runtime/master";
import { RuntimeApi } from "../../../../../services/node-agent/haproxy/runtime/runtime-api";
import { removeTempDirs, tempDir } from "../../../../support/temp-dir";

const TIMEOUT_MS = 200;

let path: string;
let server: Server | undefined;
const sockets = new Set<Socket>();
const asked: string[] = [];

/** Answers each request with the next of these; `undefined` says nothing for ever. */
async function answering(...answers: readonly (string | undefined)[]): Promise<RuntimeApi> {
  path = join(tempDir(), "socket");
  asked.length = 0;
  const left = [...answers];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    let request = "";
    socket.setEncoding("utf8").on("data", (text: string) => (request += text));
    socket
      .on("error", () => undefined)
      .on("end", () => {
        asked.push(request);
        const answer = left.shift();
        if (answer !== undefined) socket.end(answer);
      });
  }).listen(path);
  await once(server, "listening");
  return api();
}

const api = () => new RuntimeApi({ socket: path, timeoutMs: TIMEOUT_MS });

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  if (server !== undefined) await new Promise((resolve) => server?.close(resolve));
  server = undefined;
  removeTempDirs();
});

it("gives up a socket that never answers, and gets through once it does again", async () => {
  const runtime = await answering(undefined, "Pid: 7\n\n");
  const start = performance.now();
  await expect(runtime.pid()).rejects.toThrow(Unreachable);
  expect(performance.now() - start).toBeLessThan(TIMEOUT_MS * 5);
  expect(await runtime.pid()).toBe(7);
});

it.each([
  ["was cut", "Pid: 7"],
  ["is empty", ""],
])("does not take an answer that %s", async (_, answer) => {
  await expect((await answering(answer)).pid()).rejects.toThrow("the answer was cut");
});

it("says where nobody listens", async () => {
  path = join(tempDir(), "nobody");
  await expect(api().pid()).rejects.toThrow(`HAProxy at ${path}: connect ENOENT`);
});

it("sends a map in payloads that fit a buffer, and commits it last", async () => {
  const entries = Array.from({ length: 3000 }, (_, index) => [`user${index}`, "paid"] as const);
  const runtime = await answering("New version created: 4\n\n", ...Array<string>(5).fill("\n"));
  expect(await runtime.replaceMap("/m", entries)).toBe(4);
  expect(asked[0]).toBe("prepare map /m\n");
  expect(asked.at(-1)).toBe("commit map @4 /m\n");
  const payloads = asked.slice(1, -1);
  expect(payloads.every((payload) => payload.startsWith("add map @4 /m <<\n") && payload.endsWith("\n\n"))).toBe(true);
  expect(Math.max(...payloads.map(({ length }) => length))).toBeLessThan(16_384 - 1024);
  expect(payloads.flatMap((payload) => payload.trim().split("\n").slice(1))).toEqual(
    entries.map((pair) => pair.join(" ")),
  );
});

it.each([
  ["prepare", ["Unknown map identifier. Please use #<id> or <file>.\n\n"]],
  ["add", ["New version created: 1\n\n", "Version number in the future, please use 'prepare map' before.\n\n"]],
  ["commit", ["New version created: 1\n\n", "\n", "Version number out of range.\n\n"]],
])("takes an error for one, at %s", async (_, answers) => {
  await expect((await answering(...answers)).replaceMap("/m", [["a", "b"]])).rejects.toThrow(Refused);
});

it.each([
  ["pid", (runtime: RuntimeApi) => runtime.pid()],
  ["maps", (runtime: RuntimeApi) => runtime.maps()],
  ["readMap", (runtime: RuntimeApi) => runtime.readMap("/m", () => undefined)],
  ["servers", (runtime: RuntimeApi) => runtime.servers("hosts")],
  ["table", (runtime: RuntimeApi) => runtime.table("tombstoned")],
  ["command", (runtime: RuntimeApi) => runtime.command("set server hosts/x state maint", "")],
  ["processes", () => new Master({ socket: path, timeoutMs: TIMEOUT_MS }).processes()],
])("%s refuses text that is none of its answers", async (_, call) => {
  await expect(call(await answering("Permission denied\n\n"))).rejects.toThrow(
    /^HAProxy answers "Permission denied" to "/,
  );
});

it("reads processes as the master lists them, with what is left of a reload", async () => {
  await answering(
    [
      "#<PID>          <type>          <reloads>       <uptime>        <version>      ",
      "22272           master          2 [failed: 1]   0d00h00m28s     2.6.12-1+deb12u4",
      "# workers",
      "22730           worker          0               0d00h00m01s     2.6.12-1+deb12u4",
      "# old workers",
      "22424           worker          1               0d00h00m21s     2.6.12-1+deb12u4",
      "# programs",
      "\n",
    ].join("\n"),
  );
  expect(await new Master({ socket: path, timeoutMs: TIMEOUT_MS }).processes()).toEqual({
    master: 22272,
    failedReloads: 1,
    workers: [22730],
    oldWorkers: [22424],
  });
});
