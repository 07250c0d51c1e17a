import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { messagesOf } from "../../../../services/node-agent/knot/arrivals";
import { frame } from "../../../../services/node-agent/knot/wire/frames";
import { until } from "../../../support/until";

const MESSAGE = Buffer.alloc(16_000, 7);

let server: ReturnType<typeof createServer>;
let sender: Socket;
let socket: Socket;

beforeEach(async () => {
  server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  socket = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1" });
  [sender] = (await once(server, "connection")) as [Socket];
  sender.on("error", () => undefined);
});

afterEach(async () => {
  for (const end of [socket, sender]) end.destroy();
  server.close();
  await once(server, "close");
});

test("all is taken off the stream while its reader has got no further than the first message", async () => {
  // 80 MB: more than the system keeps of a stream that nobody reads.
  const count = 5000;
  for (let sent = 0; sent < count; sent++) sender.write(frame(MESSAGE));
  sender.end();
  let read = 0;
  for await (const message of messagesOf(socket)) {
    if (read++ === 0) await until("everything to be taken", () => sender.writableFinished || undefined);
    if (!message.equals(MESSAGE)) throw new Error(`message ${read} is another`);
  }
  expect(read).toBe(count);
});

test("what breaks the stream off is thrown after the messages before it", async () => {
  sender.write(frame(MESSAGE));
  let read = 0;
  const reading = async () => {
    for await (const message of messagesOf(socket)) {
      read += message.length;
      sender.resetAndDestroy();
    }
  };
  await expect(reading()).rejects.toThrow("the transfer broke off: Error: read ECONNRESET");
  expect(read).toBe(MESSAGE.length);
});
