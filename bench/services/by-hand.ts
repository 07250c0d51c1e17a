/** Users' records written by hand with Knot's own tools: `knotc`, which controls it, and `knsupdate`, its client for dynamic updates. */
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { ZONE } from "../../tests/services/support/api-replica";
import type { NameServer } from "../../tests/services/support/name-server";

/** As the agent writes them. */
const TTL_SECONDS = 60;
/** Users whose records fit one message of 64 KB. */
const USERS_PER_MESSAGE = 250;

/** Gives a user who has none a record for the cluster, in one transaction of the control socket. */
export async function addByControl(server: NameServer, user: string, cluster: string): Promise<void> {
  const knotc = (...args: string[]) => promisify(execFile)("knotc", ["--socket", server.controlSocket, ...args]);
  await knotc("zone-begin", ZONE);
  for (const name of namesOf(user)) await knotc("zone-set", ZONE, name, String(TTL_SECONDS), "CNAME", target(cluster));
  await knotc("zone-commit", ZONE);
}

/** The same by one dynamic update over TCP. */
export async function addByUpdate(server: NameServer, user: string, cluster: string): Promise<void> {
  await knsupdate(server, [...namesOf(user).map((name) => addition(name, cluster)), "send"]);
}

/** Points the records of many users at another cluster: one dynamic update after another, of as many users as fit. */
export async function changeByUpdate(server: NameServer, users: readonly string[], cluster: string): Promise<void> {
  const commands: string[] = [];
  for (const [index, user] of users.entries()) {
    for (const name of namesOf(user)) commands.push(`update delete ${name} CNAME`, addition(name, cluster));
    if ((index + 1) % USERS_PER_MESSAGE === 0 || index === users.length - 1) commands.push("send");
  }
  await knsupdate(server, commands);
}

async function knsupdate(server: NameServer, commands: readonly string[]): Promise<void> {
  const lines = [`server ${server.address} ${server.port}`, `zone ${ZONE}.`, ...commands, "quit"];
  const child = spawn("knsupdate", ["-v", "-y", server.updateKey], { stdio: ["pipe", "ignore", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  child.stdin.end(`${lines.join("\n")}\n`);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0 || errors !== "") throw new Error(`knsupdate exited with ${code}: ${errors}`);
}

function addition(name: string, cluster: string): string {
  return `update add ${name} ${TTL_SECONDS} CNAME ${target(cluster)}`;
}

function namesOf(user: string): string[] {
  return [`${user}.${ZONE}.`, `*.${user}.${ZONE}.`];
}

function target(cluster: string): string {
  return `${cluster}.clusters.${ZONE}.`;
}
