/** What HAProxy answers, read strictly: errors come as text like everything else. Pure. */
import { Refused } from "./exchange";

/** A server as HAProxy has it. */
export interface Server {
  readonly name: string;
  readonly id: number;
  readonly address: string;
  readonly port: number;
  /** Whether a health check has found it well; HAProxy takes those of its configuration for it before. */
  readonly isFoundUp: boolean;
  /** Whether it was taken out by hand, which is ours. */
  readonly inMaintenance: boolean;
}

/** A map as HAProxy has it. */
export interface MapSummary {
  readonly version: number;
  /** Entries of all versions: of those that were prepared and never committed, too. */
  readonly entries: number;
}

/** An entry of a stick table. */
export interface Counted {
  readonly key: string;
  readonly requests: number;
  readonly expiresInMs: number;
}

/** A process of HAProxy's. */
export interface Processes {
  readonly master: number;
  /** Reloads that have failed since one succeeded. */
  readonly failedReloads: number;
  /** Those that take connections; none while the master cannot start one. */
  readonly workers: readonly number[];
  /** Those that finish what they have after a reload. */
  readonly oldWorkers: readonly number[];
}

/** Bit of a server's administrative state: maintenance that was asked for at run time or in the configuration. */
const FORCED_MAINTENANCE = 1;
/** A server's operational states in which it gets requests: in its slow start, and after it. */
const UP: readonly number[] = [1, 2];
/** Result of a health check; there is none while one is under way. */
const PASSED = 3;

/** Throws {@link Refused} unless the answer is one of those that stand for success. */
export function expectAnswer(command: string, answer: string, ...accepted: readonly string[]): void {
  if (!accepted.includes(answer)) throw refusal(command, answer);
}

export function refusal(command: string, answer: string): Refused {
  return new Refused(`HAProxy answers ${JSON.stringify(answer.slice(0, 300))} to "${command.slice(0, 100)}"`);
}

export function parsePid(command: string, answer: string): number {
  return Number((/^Pid: (\d+)$/m.exec(answer) ?? fail(command, answer))[1]);
}

export function parseVersion(command: string, answer: string): number {
  return Number((/^New version created: (\d+)$/.exec(answer) ?? fail(command, answer))[1]);
}

/** `0x55d0 key value`. */
export function parseMapLine(command: string, line: string): readonly [key: string, value: string] {
  const [, key = "", value = ""] = /^0x[0-9a-f]+ (\S+) (\S+)$/.exec(line) ?? fail(command, line);
  return [key, value];
}

export function parseMaps(command: string, answer: string): Map<string, MapSummary> {
  const [head = "", ...lines] = answer.split("\n");
  if (!head.startsWith("# id (file)")) fail(command, answer);
  const maps = new Map<string, MapSummary>();
  for (const line of lines) {
    const [, path = "", version, entries] =
      /^-?\d+ \((.*?)\) .* curr_ver=(\d+) next_ver=\d+ entry_cnt=(\d+)$/.exec(line) ?? fail(command, line);
    maps.set(path, { version: Number(version), entries: Number(entries) });
  }
  return maps;
}

/** Columns by their names, since versions of HAProxy have added some. */
export function parseServers(command: string, answer: string): Server[] {
  const [version, head = "", ...lines] = answer.split("\n");
  if (version !== "1" || !head.startsWith("# ")) fail(command, answer);
  const columns = head.slice(2).split(" ");
  return lines.map((line) => {
    const values = line.split(" ");
    const field = (name: string) => values[columns.indexOf(name)] ?? fail(command, line);
    const number = (name: string) => {
      const value = Number(field(name));
      return Number.isInteger(value) ? value : fail(command, line);
    };
    return {
      name: field("srv_name"),
      id: number("srv_id"),
      address: field("srv_addr"),
      port: number("srv_port"),
      isFoundUp: UP.includes(number("srv_op_state")) && number("srv_check_result") === PASSED,
      inMaintenance: (number("srv_admin_state") & FORCED_MAINTENANCE) !== 0,
    };
  });
}

/** `0x7f: key=alice use=0 exp=3599000 shard=0 http_req_cnt=3`; its first line, about the table, gives nothing. */
export function parseTableLine(command: string, line: string): Counted | undefined {
  if (line.startsWith("# table: ")) return undefined;
  const [, key = "", expires, requests] =
    /^0x[0-9a-f]+: key=(\S*) .*\bexp=(\d+) .*\bhttp_req_cnt=(\d+)/.exec(line) ?? fail(command, line);
  return { key, expiresInMs: Number(expires), requests: Number(requests) };
}

export function parseProcesses(command: string, answer: string): Processes {
  if (!answer.startsWith("#<PID>")) fail(command, answer);
  const [head = "", ...sections] = answer.split(/^# /m);
  const [, master, failed] = /^(\d+) +master +\d+ \[failed: (\d+)\]/m.exec(head) ?? fail(command, answer);
  const workers = (title: string) => {
    const section = sections.find((text) => text.startsWith(`${title}\n`)) ?? "";
    return [...section.matchAll(/^(\d+) +worker /gm)].map(([, pid]) => Number(pid));
  };
  return {
    master: Number(master),
    failedReloads: Number(failed),
    workers: workers("workers"),
    oldWorkers: workers("old workers"),
  };
}

function fail(command: string, answer: string): never {
  throw refusal(command, answer);
}
