/** Agents of a test's own, on a directory of its own, with a feed and a driver that it has in hand. */
import type { FeedLine } from "../../../services/contracts/feed";
import { Agent, type AgentOptions } from "../../../services/node-agent/agent";
import { AgentMetrics } from "../../../services/node-agent/metrics";
import { DurableState } from "../../../services/node-agent/state";
import { removeTempDirs, tempDir } from "../../support/temp-dir";
import { until } from "../../support/until";
import { FakeDriver, FakeFeed } from "./fakes";
import { RecordingLog } from "./recording-log";

export const ZONE = { defaultCluster: "free" };
export const FREE2 = { cluster: "free2" };
export const entry = (revision: number, key: string, value: unknown): FeedLine =>
  ({ type: "entry", revision, key, value }) as never;
export const live = (revision: number): FeedLine => ({ type: "live", revision });
export const reset: FeedLine = { type: "reset" };

interface StartOptions extends Partial<AgentOptions> {
  /** A state that the directory holds already, and its revision. */
  readonly held?: Record<string, unknown>;
  readonly revision?: number;
}

/** To be called at a test file's top: every test gets a directory, and its agents end with it. */
export function useAgents() {
  const running: Agent[] = [];
  const own = { directory: "", events: [] as string[], recording: new RecordingLog() };

  beforeEach(() => Object.assign(own, { directory: tempDir(), events: [], recording: new RecordingLog() }));
  afterEach(async () => {
    for (const agent of running.splice(0)) await agent.stop({ leaving: false });
    removeTempDirs();
  });

  const openState = async (directory = own.directory) =>
    await DurableState.open({ directory, owner: "test", log: own.recording.log });

  const start = async ({ held, revision = 5, ...rest }: StartOptions = {}) => {
    const state = await openState();
    if (held !== undefined) await state.replace(new Map(Object.entries(held)), revision);
    const driver = new FakeDriver(own.events);
    const metrics = new AgentMetrics();
    let feed: FakeFeed | undefined;
    const begin = (): Agent => {
      const agent = new Agent({
        state,
        driver,
        feed: (position, take) => (feed = new FakeFeed(position, take)),
        reconcileSeconds: 3600,
        log: own.recording.log,
        metrics,
        backoff: { baseMs: 1, maxMs: 1 },
        ...rest,
      });
      running.push(agent);
      return agent;
    };
    return { state, driver, metrics, begin, feed: () => feed! };
  };

  /** One that serves `zone` of revision 5. */
  const serving = async (options: Partial<AgentOptions> = {}) => {
    const parts = await start({ held: { zone: ZONE }, ...options });
    const agent = parts.begin();
    await until("the first acknowledgement", () => parts.feed().last === 5);
    return { ...parts, agent, feed: parts.feed() };
  };

  /** Stops an agent, which then is not stopped again. */
  const stop = async (agent: Agent, how: Parameters<Agent["stop"]>[0]) => {
    running.splice(running.indexOf(agent), 1);
    await agent.stop(how);
  };

  return { own, start, serving, stop, openState };
}
