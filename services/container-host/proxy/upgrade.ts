/** A request to change the protocol: WebSockets are opened, and whoever asks for another is served without. */
import { ServerResponse, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Socket } from "node:net";
import type { Lease } from "../pool/lease";
import { failUnreachable, failWith, open, relay } from "./exchange";
import { answerFields, hasBody, handshakeFields } from "./headers";
import { WebSocketPipe } from "./web-socket";

/** What a client asks for; it says so together with `connection: upgrade`, or Node would not have called this an upgrade. */
export function asksForWebSocket({ headers, method }: IncomingMessage): boolean {
  return method === "GET" && headers.upgrade?.toLowerCase() === "websocket";
}

/** Whether an upgrade can be ignored: of a request with a body the parser has let go, and nobody would know where it ends. */
export function canDoWithoutUpgrade(request: IncomingMessage): boolean {
  return !hasBody(request);
}

/** An HTTP answer on a connection that Node's server has let go. The connection ends with it. */
export function responseOn(socket: Duplex, request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  response.once("finish", () => (socket as Socket).destroySoon());
  return response;
}

export interface Handshake {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What the client has sent after the request already. */
  readonly head: Buffer;
  readonly response: ServerResponse;
  readonly lease: Lease;
  readonly servedBy: string;
}

/** Passes a handshake to an app and, when that agrees, all that follows. Holds the lease until the connection is closed. */
export function openWebSocket(parts: Handshake): void {
  const { request, socket, head, response, lease, servedBy } = parts;
  const upstream = open(parts, handshakeFields(request));
  if (upstream === undefined) return;
  socket.once("close", () => {
    upstream.destroy();
    lease.release();
  });
  lease.onCut(() => failWith(parts, "the app was stopped"));
  upstream.on("error", (error) => void failUnreachable(parts, error.message));
  upstream.once("response", (answer) => relay(answer, parts));
  upstream.once("upgrade", (answer, appSocket, appHead) => {
    response.detachSocket(socket as Socket);
    socket.write(switching(answer, servedBy));
    const pipe = new WebSocketPipe(socket, head, appSocket, appHead);
    lease.onCut(() => pipe.destroy());
    lease.onRetire(() => pipe.close());
  });
  upstream.end();
}

function switching(answer: IncomingMessage, servedBy: string): string {
  const fields = answerFields(answer, servedBy, { mayTrail: false });
  const lines = ["HTTP/1.1 101 Switching Protocols", "connection: Upgrade", "upgrade: websocket"];
  for (let index = 0; index < fields.length; index += 2) lines.push(`${fields[index]}: ${fields[index + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}
