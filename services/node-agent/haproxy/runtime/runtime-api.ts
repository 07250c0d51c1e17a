/** HAProxy's runtime API, as far as an edge's agent uses it. Every method rejects with Unreachable or Refused. */
import { inChunks } from "../durable-file";
import { linesOf } from "../map-file";
import type { Entry } from "../overlay-map";
import {
  expectAnswer,
  parseMapLine,
  parseMaps,
  parsePid,
  parseServers,
  parseTableLine,
  parseVersion,
  type Counted,
  type MapSummary,
  type Server,
} from "./answers";
import { ask, askLines, Refused, type Endpoint } from "./exchange";

/** Octets of a payload: it must fit a buffer (`tune.bufsize`, by default 16,384) together with its command, or HAProxy hangs up. */
const PAYLOAD_BYTES = 12_000;

export class RuntimeApi {
  constructor(private readonly endpoint: Endpoint) {}

  /** The process that answers. */
  async pid(): Promise<number> {
    return parsePid("show info", await this.ask("show info"));
  }

  /** A process-wide variable of type string; undefined where it was never set. */
  async variable(name: string): Promise<string | undefined> {
    const answer = await this.ask(`get var ${name}`);
    return /: type=str value=<(.*)>$/.exec(answer)?.[1];
  }

  async maps(): Promise<Map<string, MapSummary>> {
    return parseMaps("show map", await this.ask("show map"));
  }

  /** Hands over a map's entries. */
  async readMap(path: string, take: (key: string, value: string) => void): Promise<void> {
    const command = `show map ${path}`;
    let fault: Refused | undefined;
    await askLines(this.endpoint, command, (line) => {
      try {
        if (fault === undefined) take(...parseMapLine(command, line));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        fault = error;
      }
    });
    if (fault !== undefined) throw fault;
  }

  /**
   * Puts entries in the place of a map's. Requests see the old map until the last entry has been sent, then the new one. Returns
   * its version. What an attempt that failed has sent is gone with the next that succeeds.
   */
  async replaceMap(path: string, entries: Iterable<Entry>): Promise<number> {
    const prepare = `prepare map ${path}`;
    const version = parseVersion(prepare, await this.ask(prepare));
    for (const payload of inChunks(linesOf(entries), PAYLOAD_BYTES)) {
      await this.command(`add map @${version} ${path} <<\n${payload}`, "");
    }
    await this.command(`commit map @${version} ${path}`, "");
    return version;
  }

  async servers(backend: string): Promise<Server[]> {
    const command = `show servers state ${backend}`;
    return parseServers(command, await this.ask(command));
  }

  /** Entries of a stick table that counts requests. */
  async table(name: string): Promise<Counted[]> {
    const command = `show table ${name}`;
    const lines: string[] = [];
    await askLines(this.endpoint, command, (line) => lines.push(line));
    return lines.flatMap((line) => parseTableLine(command, line) ?? []);
  }

  /** Sends a command, and throws Refused unless the answer is one of those that stand for success. */
  async command(command: string, ...accepted: readonly string[]): Promise<void> {
    expectAnswer(command, await this.ask(command), ...accepted);
  }

  /** Sends a command whose answer the caller judges. */
  async ask(command: string): Promise<string> {
    return await ask(this.endpoint, command);
  }
}
