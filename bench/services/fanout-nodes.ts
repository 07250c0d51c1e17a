/** Very many nodes in one process: each follows the feed on a connection of its own and acknowledges what it gets. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Agent, request, type ClientRequest, type IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { until } from "../../tests/support/until";

const KIND = "dns";
/** Opened at once, so that no backlog of a listening socket overflows. */
const AT_ONCE = 100;
/** Connections that all acknowledgements share, as through a load balancer. */
const ACKNOWLEDGING = 50;
/** A node that is silent for three of these loses its connection. */
const HEARTBEAT_MS = 5_000;
const GIVE_UP_MS = 30_000;

/** Who waits for a revision, and when each node got it. */
interface Awaited {
  readonly revision: number;
  readonly times: Map<FanoutNode, number>;
}

export class FanoutNodes {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: ACKNOWLEDGING });
  private readonly nodes: FanoutNode[] = [];
  private awaited: Awaited = { revision: Infinity, times: new Map() };
  private readonly heartbeat = setInterval(() => this.nodes.forEach((node) => node.acknowledge()), HEARTBEAT_MS);

  private constructor(
    private readonly port: number,
    private readonly token: string,
  ) {}

  /** Resolves once all follow. */
  static async connect(count: number, port: number, token: string): Promise<FanoutNodes> {
    const nodes = new FanoutNodes(port, token);
    while (nodes.nodes.length < count) {
      const more = Math.min(AT_ONCE, count - nodes.nodes.length);
      const added = Array.from({ length: more }, (_, index) => nodes.add(`dns-${nodes.nodes.length + index}`));
      nodes.nodes.push(...(await Promise.all(added)));
    }
    return nodes;
  }

  /** When each node had everything up to a revision, by this process's monotonic clock, once all have and have acknowledged it. */
  async received(revision: number): Promise<number[]> {
    const awaited: Awaited = { revision, times: new Map() };
    this.awaited = awaited;
    const acknowledged = () => this.nodes.every((node) => node.acknowledged >= revision);
    await until(`revision ${revision}`, () => awaited.times.size === this.nodes.length && acknowledged(), GIVE_UP_MS);
    return [...awaited.times.values()];
  }

  close(): void {
    clearInterval(this.heartbeat);
    for (const node of this.nodes) node.close();
    this.agent.destroy();
  }

  private async add(name: string): Promise<FanoutNode> {
    const node = new FanoutNode(name, this.port, this.token, this.agent, (revision) => {
      const { times, revision: wanted } = this.awaited;
      if (revision >= wanted && !times.has(node)) times.set(node, performance.now());
    });
    await node.follow();
    return node;
  }
}

class FanoutNode {
  acknowledged = 0;
  private revision = 0;
  private isSending = false;
  private readonly incarnation = randomUUID();
  private feed: ClientRequest | undefined;

  constructor(
    private readonly name: string,
    private readonly port: number,
    private readonly token: string,
    private readonly agent: Agent,
    private readonly onRevision: (revision: number) => void,
  ) {}

  async follow(): Promise<void> {
    const query = new URLSearchParams({ kind: KIND, node: this.name, incarnation: this.incarnation, after: "0" });
    this.feed = request({ ...this.target(`/v1/feed?${query.toString()}`), agent: false });
    this.feed.on("error", () => undefined).end();
    const [response] = (await once(this.feed, "response")) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`${this.name} cannot follow: ${response.statusCode}`);
    const lines = createInterface(response).on("line", (line) => this.take(line));
    // A feed that breaks off brings no line, and whoever waits for one gives up.
    lines.on("error", () => undefined);
  }

  /** Tells how far it is; what comes meanwhile goes with the next. */
  acknowledge(): void {
    if (this.isSending) return;
    this.isSending = true;
    const { revision } = this;
    const path = `/v1/nodes/${this.name}/acknowledgements`;
    const { headers, ...target } = this.target(path);
    const sent = request({
      ...target,
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      agent: this.agent,
    });
    sent.on("error", () => (this.isSending = false));
    sent.on("response", (response) => {
      response.resume();
      this.isSending = false;
      if (response.statusCode === 204) this.acknowledged = revision;
      if (this.revision > revision) this.acknowledge();
    });
    sent.end(JSON.stringify({ kind: KIND, incarnation: this.incarnation, revision }));
  }

  close(): void {
    this.feed?.destroy();
  }

  private take(text: string): void {
    if (text === "") return;
    const line = JSON.parse(text) as { type: string; revision?: number };
    this.revision = line.revision ?? 0;
    this.onRevision(this.revision);
    if (line.type === "live") this.acknowledge();
  }

  private target(path: string) {
    return { host: "127.0.0.1", port: this.port, path, headers: { authorization: `Bearer ${this.token}` } };
  }
}
