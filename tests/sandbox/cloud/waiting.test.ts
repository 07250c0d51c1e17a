/** Steps of the real engine, whose resources a local cloud has to make real. */
import { once } from "node:events";
import type { Server } from "node:http";
import { join } from "node:path";
import * as compute from "@pulumi/gcp/compute";
import { serveApi, type Answering, type SettleRequest } from "../../../sandbox/cloud/api";
import type { Outcome } from "../../../sandbox/cloud/reconciler";
import { LocalStack } from "../local-stack";
import { removeTempDirs, tempDir } from "../../support/temp-dir";

const TIMEOUT = 120_000;
const ADDRESS = "gcp:compute/address:Address";

let server: Server;
let stack: LocalStack;
let requests: SettleRequest[];
let answer: (request: SettleRequest) => Outcome;

beforeEach(async () => {
  requests = [];
  answer = () => ({ settled: true });
  const socket = join(tempDir(), "cloud.sock");
  const cloud: Partial<Answering> = {
    settle: (request) => {
      requests.push(request);
      return Promise.resolve(answer(request));
    },
  };
  server = await serveApi(socket, cloud as Answering);
  const program = () => {
    const address = new compute.Address("address", { name: "addr" }, { customTimeouts: { create: "30s" } });
    return Promise.resolve({ address: address.address });
  };
  stack = await LocalStack.create(program, { LOCAL_CLOUD_SOCKET: socket, LOCAL_CLOUD_NETWORK: "127.77.0.0/16" });
}, TIMEOUT);
afterEach(async () => {
  stack.dispose();
  server.close();
  await once(server, "close");
});
afterAll(removeTempDirs);

test(
  "a created resource is waited for, no longer than the program says, and external addresses are loopback's",
  async () => {
    const { outputs } = await stack.up();
    expect(requests).toEqual([
      { scope: "gcp", type: ADDRESS, id: expect.stringContaining("/addr") as string, patienceSeconds: 30 },
    ]);
    expect(outputs.address).toMatch(/^127\.77\.(1[6-9]|2\d|3[01])\.\d+$/);
  },
  TIMEOUT,
);

test(
  "a resource that does not work fails the update with the reason, is known to the engine, and is tried again by the next",
  async () => {
    answer = () => ({ settled: false, because: "no VM is healthy: health check GET :8082/healthz answered 500" });
    await expect(stack.up()).rejects.toThrow(/no VM is healthy: health check GET :8082\/healthz answered 500/);
    answer = () => ({ settled: true });
    const steps = await stack.up();
    expect(steps.taken).toEqual(["update address"]);
    expect(requests.map(({ type }) => type)).toEqual([ADDRESS, ADDRESS]);
  },
  TIMEOUT,
);

test(
  "a deletion is waited for",
  async () => {
    await stack.up();
    answer = () => ({ settled: false, because: "a VM does not stop" });
    await expect(stack.destroy()).rejects.toThrow(/is still there: a VM does not stop/);
    answer = () => ({ settled: true });
    await stack.destroy();
  },
  TIMEOUT,
);
