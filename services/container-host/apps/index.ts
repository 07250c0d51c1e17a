/** The sample apps, by the label that an app's name begins with. */
import type { Server } from "node:http";
import { echo } from "./echo";
import { large } from "./large";
import { slow } from "./slow";
import { sse } from "./sse";
import { upload } from "./upload";
import { webSocketEcho } from "./web-socket-echo";

/** Attaches an app to a server. */
export type Sample = (server: Server) => void;

const SAMPLES: ReadonlyMap<string, Sample> = new Map([
  ["echo", echo],
  ["ws", webSocketEcho],
  ["sse", sse],
  ["slow", slow],
  ["large", large],
  ["upload", upload],
]);

/** The sample that an app runs: `ws` and `ws.anything` the WebSocket echo; names of no sample run `echo`. */
export function sampleFor(app: string): Sample {
  return SAMPLES.get(app.split(".")[0] ?? "") ?? echo;
}
