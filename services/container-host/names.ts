/** Which app a request is for. Pure. */
import type { IncomingHttpHeaders } from "node:http";
import { parseHostedName } from "../contracts/names";
import { Refusal } from "./refusal";

/** Set by edges, and by nobody else: they take it from the outside's requests. */
export const HOSTED_NAME_HEADER = "x-hosted-name";

export interface HostedApp {
  readonly user: string;
  /** Labels before the user's; empty for the user's own name. */
  readonly app: string;
}

/** Throws a Refusal where there is no name of an app in this zone. */
export function hostedApp(headers: IncomingHttpHeaders, zone: string): HostedApp {
  const name = headers[HOSTED_NAME_HEADER];
  // A header that was sent twice is one with a comma in it, which is no name.
  const hosted = typeof name === "string" ? parseHostedName(name, zone) : undefined;
  if (hosted === undefined) {
    throw new Refusal("no-app", `${HOSTED_NAME_HEADER} must be <app>.<user>.${zone}, as the cluster's edges set it`);
  }
  return { user: hosted.user, app: hosted.app ?? "" };
}
