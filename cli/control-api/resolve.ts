/** `clusters resolve`: which cluster a user lives in. */
import type { Resolution } from "../../services/contracts/resources";
import { columns, duration } from "../../preview/table";
import { EXIT } from "../exit-codes";
import { printJson, printResult, say } from "../terminal";
import type { ApiCommand } from "./connect";

/**
 * Asks for a host, which has a dot, or a user, which has none; prints the answer and returns the exit code. An answer from memory, because
 * the service has lost its store, is good enough to serve by, but whoever looks at it now should know.
 */
export async function resolveCommand({ api, options }: ApiCommand, name: string): Promise<number> {
  const query = name.includes(".") ? { host: name } : { user: name };
  const { resolution: answer, stalenessSeconds } = await api.resolveAgain(query, undefined);
  if (answer === undefined) throw new Error("the control API said that nothing has changed, but nothing was known");
  if (stalenessSeconds > 0)
    say(`warning: the control API has lost its store; this was true ${duration(stalenessSeconds)} ago`);
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
