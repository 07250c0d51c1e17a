import { once } from "node:events";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { serveApi, type Answering } from "../../../sandbox/cloud/api";
import { LocalCloudClient } from "../../../sandbox/cloud/client";
import { NO_FAULTS, type Faults } from "../../../sandbox/cloud/controller";
import { removeTempDirs, tempDir } from "../../support/temp-dir";

let socket: string;
let server: Server;
let client: LocalCloudClient;
let faults: Faults;
let stopped: boolean;

const cloud: Answering = {
  health: () => ({ pid: 7, network: "127.20.0.0/16" }),
  units: () => [],
  token: (email, audience) =>
    email === "" ? Promise.reject(new Error("there is no such account")) : Promise.resolve(`${email} for ${audience}`),
  faults: () => faults,
  setFaults: (wanted) => void (faults = wanted),
  settle: ({ id }) =>
    Promise.resolve(id === "good" ? { settled: true } : { settled: false, because: `${id} does not start` }),
  publicPorts: () => ({ http: 80, https: 443, dns: 53 }),
  resolver: () => ({ host: "127.20.0.2", port: 53 }),
  stop: () => void (stopped = true),
};

beforeEach(async () => {
  faults = NO_FAULTS;
  stopped = false;
  socket = join(tempDir(), "cloud.sock");
  server = await serveApi(socket, cloud);
  client = new LocalCloudClient(socket);
});
afterEach(async () => {
  if (!server.listening) return;
  server.close();
  await once(server, "close");
});
afterAll(removeTempDirs);

test("the client is told what the local cloud says", async () => {
  expect(await client.health()).toEqual({ pid: 7, network: "127.20.0.0/16" });
  expect(await client.units()).toEqual([]);
  expect(await client.token("a@example.org", "https://api")).toBe("a@example.org for https://api");
  expect(await client.publicPorts()).toEqual({ http: 80, https: 443, dns: 53 });
  expect(await client.resolver()).toEqual({ host: "127.20.0.2", port: 53 });
});

test("faults are set and read back", async () => {
  const wanted: Faults = { down: ["vm-1"], partitioned: ["free"] };
  await client.setFaults(wanted);
  expect(await client.faults()).toEqual(wanted);
});

test("whoever waits for a resource is told whether it settled, or why not", async () => {
  const settle = (id: string) => client.settle({ scope: "gcp", type: "group", id }, 1);
  expect(await settle("good")).toEqual({ settled: true });
  expect(await settle("bad")).toEqual({ settled: false, because: "bad does not start" });
});

test("a stop is passed on", async () => {
  await client.stop();
  expect(stopped).toBe(true);
});

test("an error reaches the caller, and so does that nobody answers, with the socket's path", async () => {
  await expect(client.token("", "x")).rejects.toThrow("there is no such account");
  server.close();
  await once(server, "close");
  await expect(client.health()).rejects.toThrow(`the local cloud at ${socket} does not answer`);
});

test("nobody but the owner may use the socket", () => {
  expect(statSync(socket).mode & 0o777).toBe(0o600);
});

test("a directory that is too deep for a socket has one all the same, and no other", async () => {
  const directory = join(tempDir(), ...Array.from({ length: 6 }, () => "a-folder-with-a-long-name"));
  const deep = join(directory, "cloud.sock");
  const asked = new LocalCloudClient(deep);
  await expect(asked.health()).rejects.toThrow(/does not answer: .*ENOENT/);
  mkdirSync(directory, { recursive: true });
  const second = await serveApi(deep, cloud);
  expect(await asked.health()).toEqual({ pid: 7, network: "127.20.0.0/16" });
  expect(readdirSync(directory)).toEqual(["cloud.sock"]);
  expect(statSync(deep).mode & 0o777).toBe(0o600);
  second.close();
  await once(second, "close");
  await expect(asked.health()).rejects.toThrow(/does not answer/);
});
