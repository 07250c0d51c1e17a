/** Where the control API of an environment is. Pure. */
import type { Environment } from "../../config";
import { controlApiUrl } from "../../config/names";
import { UsageError } from "../../deploy/errors";

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * The address that `--api` gives, else the variable `CLUSTERS_API_URL`, else the environment's own. Throws a
 * {@link UsageError} for what is no such address, and for one to which a token would travel in the clear.
 */
export function apiAddress(
  environment: Environment,
  option: string | undefined,
  variables: NodeJS.ProcessEnv = process.env,
): string {
  if (option !== undefined) return checked(option, "--api");
  const { CLUSTERS_API_URL: variable = "" } = variables;
  return variable === "" ? controlApiUrl(environment.domain) : checked(variable, "CLUSTERS_API_URL");
}

function checked(address: string, source: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && url.username !== "") {
    throw new UsageError(`${source}: an address holds no name and password; who asks is told by a token`);
  }
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "") {
    throw new UsageError(`${source}: "${address}" is no address such as https://resolution.example.org`);
  }
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname)) {
    throw new UsageError(`${source}: over "${address}" the token would travel in the clear; give an https address`);
  }
  return url.href.replace(/\/$/, "");
}
