import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { Notifications } from "../../../../../services/node-agent/knot/control/notifications";
import { encodeCommand } from "../../../../../services/node-agent/knot/control/units";
import { removeTempDirs, tempDir } from "../../../../support/temp-dir";
import { until } from "../../../../support/until";

const DONE = Buffer.of(3);
const TIMEOUT_MS = 200;

/** Commands that came to the control socket, to be answered by the test. */
let commands: { readonly received: Buffer; readonly socket: Socket }[];
let warnings: Readonly<Record<string, unknown>>[];
let server: Server;
let controlSocket: string;
let notifications: Notifications;

beforeEach(async () => {
  commands = [];
  warnings = [];
  controlSocket = join(tempDir(), "knot.sock");
  await listen();
  const log = { warn: (fields: object) => void warnings.push({ ...fields }) };
  notifications = new Notifications({ controlSocket, zone: "apps.test", timeoutMs: TIMEOUT_MS, log });
});

afterEach(async () => {
  await notifications.stop();
  await close();
  removeTempDirs();
});

async function listen(): Promise<void> {
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (received: Buffer) => commands.push({ received, socket }));
  }).listen(controlSocket);
  await once(server, "listening");
}

async function close(): Promise<void> {
  for (const { socket } of commands) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}

async function command(index: number) {
  return await until(`command ${index}`, () => commands[index]);
}

test("an update has Knot notify", async () => {
  notifications.expedite();
  const { received, socket } = await command(0);
  expect(received).toEqual(encodeCommand("zone-notify", "apps.test"));
  socket.write(DONE);
  await once(socket, "close");
  expect(warnings).toEqual([]);
});

test("updates during a command have one more in common", async () => {
  notifications.expedite();
  const { socket } = await command(0);
  for (let update = 0; update < 5; update++) notifications.expedite();
  socket.write(DONE);
  (await command(1)).socket.write(DONE);
  notifications.expedite();
  (await command(2)).socket.write(DONE);
  await once((await command(2)).socket, "close");
  expect(commands).toHaveLength(3);
});

test("who does not answer is not waited for, and the next update tries again", async () => {
  notifications.expedite();
  const { socket } = await command(0);
  await once(socket, "close");
  await until("the warning", () => warnings.length === 1);
  expect(warnings[0]?.error).toContain(`zone-notify by ${controlSocket}: no answer in ${TIMEOUT_MS} ms`);
  notifications.expedite();
  (await command(1)).socket.write(DONE);
  await once((await command(1)).socket, "close");
  expect(warnings).toHaveLength(1);
});

test("a refusal is told with Knot's reason", async () => {
  notifications.expedite();
  const reason = "no such zone found";
  const { socket } = await command(0);
  socket.write(Buffer.concat([Buffer.of(1, 18, 0, reason.length), Buffer.from(reason), DONE]));
  await until("the warning", () => warnings.length === 1);
  expect(warnings[0]?.error).toContain(reason);
});

test("of many failures in a row few are told, and the first after a success is", async () => {
  await close();
  for (let failure = 1; failure <= 5; failure++) {
    notifications.expedite();
    await notifications.idle();
  }
  expect(warnings.map(({ failures }) => failures)).toEqual([1, 2, 4]);
  await listen();
  notifications.expedite();
  (await command(0)).socket.write(DONE);
  await once((await command(0)).socket, "close");
  await close();
  notifications.expedite();
  await until("another warning", () => warnings.length === 4);
  expect(warnings.at(-1)?.failures).toBe(1);
  await listen();
});

test("a command under way ends with the driver, and none follows", async () => {
  notifications.expedite();
  const { socket } = await command(0);
  const closed = once(socket, "close");
  await notifications.stop();
  await closed;
  notifications.expedite();
  await notifications.idle();
  expect(commands).toHaveLength(1);
  expect(warnings).toEqual([]);
});
