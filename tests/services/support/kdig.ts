/** kdig, as a person at a terminal runs it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { NameServerAddress } from "./dns-client";

const TIMEOUT_MS = 10_000;

/** Lines of `kdig +short`: the answer's records in order, as CNAME and then addresses. */
export async function kdig({ address, port }: NameServerAddress, name: string, type = "A"): Promise<string[]> {
  const args = [`@${address}`, "-p", String(port), name, type, "+short", "+time=2", "+retry=1"];
  const { stdout } = await promisify(execFile)("kdig", args, { timeout: TIMEOUT_MS });
  return stdout.split("\n").filter((line) => line !== "");
}
