/** `clusters status --web`: serves the page until it is told to end. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { UsageError } from "../../deploy/errors";
import { countsOf } from "../control-api/evacuation-view";
import type { OperatorApi, WatchingApi } from "../control-api/operator-api";
import { Speed } from "../control-api/speed";
import { Actions } from "./actions";
import { AskedMoves } from "./asked-moves";
import { EventStream } from "./events";
import { LOOPBACK, newToken } from "./guards";
import { NodeWatch } from "./node-watch";
import { Poller, type Intervals } from "./poller";
import { read, type Reading, type UnitSource } from "./reading";
import { createServer } from "./server";
import { snapshotOf, type Snapshot } from "./snapshot";

export interface StatusPageOptions {
  readonly environment: string;
  /** For what people do. */
  readonly api: OperatorApi;
  /** For looking, again and again. */
  readonly watching: WatchingApi;
  /** Default: a free one. */
  readonly port?: number;
  /** Tells what runs in each failure domain, where something can; the page has no such panel without it. */
  readonly units?: UnitSource;
  readonly intervals?: Intervals;
}

export interface StatusPage {
  /** With the token: whoever has it can move users. */
  readonly url: string;
  /** Lets browsers go and the port too. */
  stop(): Promise<void>;
}

/**
 * Starts serving. It looks at the control API first: throws a {@link UsageError} where there is no token for it, or where the
 * port is taken. A control API that is away is no reason not to serve: the page says so.
 */
export async function serveStatusPage(options: StatusPageOptions): Promise<StatusPage> {
  const asked = new AskedMoves();
  const poller = new Poller<Snapshot>({
    look: looker(options, asked),
    isBusy: () => asked.underWay,
    ...(options.intervals && { intervals: options.intervals }),
  });
  await poller.lookOnce().catch((error: unknown) => {
    if (error instanceof UsageError) throw error;
  });
  const events = new EventStream(poller);
  const token = newToken();
  const actions = new Actions(options.api, asked);
  const app = createServer({ token, actions, events, onChange: () => poller.hasten() });
  const stop = async (): Promise<void> => {
    poller.stop();
    await events.stop();
    await app.close();
  };
  try {
    await app.listen({ host: LOOPBACK, port: options.port ?? 0 });
  } catch (error) {
    await stop();
    throw portError(error, options.port);
  }
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://${LOOPBACK}:${port}/${token}/`, stop };
}

/** Serves until the signal comes. */
export async function serveUntil(signal: AbortSignal, options: StatusPageOptions, onUrl: (url: string) => void) {
  const page = await serveStatusPage(options);
  try {
    onUrl(page.url);
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await page.stop();
  }
}

/** Looks, and keeps what only several looks tell. */
function looker({ environment, watching, units }: StatusPageOptions, asked: AskedMoves): () => Promise<Snapshot> {
  const watch = new NodeWatch();
  let speeds = new Map<string, Speed>();
  return async () => {
    const reading = await read(watching, asked, units);
    speeds = measured(speeds, reading);
    return snapshotOf(environment, {
      reading,
      late: watch.lagging(reading.nodes, performance.now()),
      speedOf: (id) => speeds.get(id)?.perSecond,
    });
  };
}

/** Speeds of the evacuations that there are now. */
function measured(before: ReadonlyMap<string, Speed>, { evacuations }: Reading): Map<string, Speed> {
  return new Map(
    evacuations.map((evacuation) => {
      const { id = "" } = evacuation;
      const speed = before.get(id) ?? new Speed();
      speed.add(countsOf(evacuation).moved);
      return [id, speed];
    }),
  );
}

function portError(error: unknown, port: number | undefined): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return new UsageError(`--port: ${port} is taken; give another, or none for a free one`);
  if (code === "EACCES") return new UsageError(`--port: ${port} may not be listened at: ${message}`);
  return error as Error;
}
