/** `clusters resolve`: which cluster a user lives in. */
import type { Resolution } from "../../services/contracts/resources";
import { columns } from "../../preview/table";
import { EXIT } from "../exit-codes";
import { printJson, printResult } from "../terminal";
import type { ApiCommand } from "./connect";

/** Asks for a host, which has a dot, or a user, which has none; prints the answer and returns the exit code. */
export async function resolveCommand({ api, options }: ApiCommand, name: string): Promise<number> {
  const answer = await api.resolve(name.includes(".") ? { host: name } : { user: name });
  if (options.json === true) printJson(answer);
  else printResult(describe(answer));
  return EXIT.ok;
}

function describe({ user, cluster, hosting, workspace, ttlSeconds }: Resolution): string {
  const addresses = hosting.ipv6 === undefined ? hosting.ipv4 : `${hosting.ipv4}, ${hosting.ipv6}`;
  const facts = [
    ["  HTTP", addresses],
    ["  WebSockets", workspace.ipv4],
    ["  good for", `${ttlSeconds} s`],
  ];
  return `${user} lives in ${cluster}\n${columns(facts)}`;
}
