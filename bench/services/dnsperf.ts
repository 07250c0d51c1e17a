/** dnsperf against one name server. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { NameServerAddress } from "../../tests/services/support/dns-client";
import { confine } from "../processors";

export interface DnsperfResult {
  readonly queriesPerSecond: number;
  readonly completed: number;
  readonly lost: number;
  /** Answers by response code, such as `NOERROR`. */
  readonly codes: Readonly<Record<string, number>>;
}

/** No measurement takes longer, in seconds. */
const LONGEST_SECONDS = 1_800;

/** Writes names as dnsperf reads them: questions for addresses. */
export function writeQuestions(file: string, names: readonly string[]): void {
  writeFileSync(file, names.map((name) => `${name} A\n`).join(""));
}

/** Asks one name server, with one processor, as fast as it answers: for so many seconds, or for as long as `work` takes. */
export async function dnsperf(
  server: NameServerAddress,
  questions: string,
  length: number | (() => Promise<void>),
): Promise<DnsperfResult> {
  const seconds = typeof length === "number" ? length : LONGEST_SECONDS;
  const load = ["-l", String(seconds), "-c", "8", "-T", "1", "-q", "200"];
  const child = spawn("dnsperf", ["-s", server.address, "-p", String(server.port), "-d", questions, ...load], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  confine(child.pid, "load");
  // Interrupted, it reports as at its end.
  if (typeof length !== "number") await length().finally(() => child.kill("SIGINT"));
  const code = await ended;
  if (code !== 0) throw new Error(`dnsperf exited with ${code}:\n${output}`);
  return parseDnsperf(output);
}

/** Reads dnsperf's report. Throws on one that lacks what is looked for. */
export function parseDnsperf(report: string): DnsperfResult {
  const number = (title: string) => {
    const match = new RegExp(`${title}:\\s+([\\d.]+)`).exec(report)?.[1];
    if (match === undefined) throw new Error(`dnsperf's report has no "${title}":\n${report}`);
    return Number(match);
  };
  const codes = /Response codes:\s+(.*)/.exec(report)?.[1] ?? "";
  const counts = codes.split(", ").map((part) => part.split(" "));
  return {
    queriesPerSecond: number("Queries per second"),
    completed: number("Queries completed"),
    lost: number("Queries lost"),
    codes: Object.fromEntries(counts.map(([name = "", count]) => [name, Number(count)])),
  };
}
