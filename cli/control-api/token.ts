/** The token with which the command proves to the control API who asks. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { controlApiUrl } from "../../config/names";
import type { Environment } from "../../config";
import { UsageError } from "../../deploy/errors";

const run = promisify(execFile);

/** Long enough for a person to answer what the command asks for, such as a touch on a key. */
const COMMAND_TIMEOUT_MS = 120_000;
/** A token is asked for again this long before it expires. */
const MARGIN_SECONDS = 60;
/** How long a token is kept that does not say when it expires. */
const OPAQUE_SECONDS = 300;
const OTHERWISE = "set CLUSTERS_TOKEN, CLUSTERS_TOKEN_FILE or CLUSTERS_TOKEN_COMMAND";
const SERVICE_ACCOUNT = ".gserviceaccount.com";

/**
 * Gives a token that is good for a minute or more, and another one than `refused`, which the control API has refused, where it can.
 * Throws a {@link UsageError} with the remedy when there is none.
 */
export type TokenSource = (refused?: string) => Promise<string>;

/**
 * Where the token comes from, the first of these: the variables `CLUSTERS_TOKEN`; `CLUSTERS_TOKEN_FILE`, read each time;
 * `CLUSTERS_TOKEN_COMMAND`, a shell's; `issuer`, that of an environment on the local cloud; or gcloud.
 */
export function tokenSource(
  environment: Environment,
  variables: NodeJS.ProcessEnv = process.env,
  issuer?: () => Promise<string>,
): TokenSource {
  const { CLUSTERS_TOKEN: token, CLUSTERS_TOKEN_FILE: file, CLUSTERS_TOKEN_COMMAND: command } = variables;
  if (given(token)) return () => Promise.resolve(token.trim());
  if (given(file)) return () => Promise.resolve().then(() => readToken(file));
  if (given(command)) return kept(() => commandToken("sh", ["-c", command], "CLUSTERS_TOKEN_COMMAND", variables));
  if (issuer !== undefined) return kept(issuer);
  const words = gcloudWords(environment, variables);
  return kept(() => commandToken("gcloud", words, "gcloud", variables));
}

function given(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== "";
}

/**
 * The words after `gcloud`. It makes tokens for an audience out to service accounts only, so people take on the operators'
 * account; what it prints then names the account only on request.
 */
function gcloudWords({ domain, resolution }: Environment, variables: NodeJS.ProcessEnv): string[] {
  const words = ["auth", "print-identity-token", `--audiences=${controlApiUrl(domain)}`];
  const [account] = given(variables.CLUSTERS_IMPERSONATE)
    ? [variables.CLUSTERS_IMPERSONATE]
    : resolution.callers.operators.filter((email) => email.endsWith(SERVICE_ACCOUNT));
  return account === undefined ? words : [...words, `--impersonate-service-account=${account}`, "--include-email"];
}

function readToken(file: string): string {
  try {
    return nonEmpty(readFileSync(file, "utf8"), `the file ${file}, which CLUSTERS_TOKEN_FILE names,`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`CLUSTERS_TOKEN_FILE: ${(error as Error).message}`);
  }
}

async function commandToken(
  program: string,
  words: readonly string[],
  source: string,
  variables: NodeJS.ProcessEnv,
): Promise<string> {
  try {
    const { stdout } = await run(program, words, { env: variables, timeout: COMMAND_TIMEOUT_MS });
    return nonEmpty(stdout, source);
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(failureOf(source, words, error));
  }
}

function failureOf(source: string, words: readonly string[], error: unknown): string {
  const { code, killed, stderr = "" } = error as { code?: unknown; killed?: boolean; stderr?: string };
  if (code === "ENOENT") {
    return `${source} is not installed, and it makes the token that the control API asks for: install the Google Cloud CLI, or ${OTHERWISE}`;
  }
  const reason = killed === true ? `took longer than ${COMMAND_TIMEOUT_MS / 1000} s` : `failed: ${stderr.trim()}`;
  if (source !== "gcloud") return `${source} ${reason}`;
  return `gcloud ${words.join(" ")} ${reason}\nLog in with "gcloud auth login", see docs/moving-users.md for the right it takes, or ${OTHERWISE}`;
}

function nonEmpty(text: string, source: string): string {
  const token = text.trim();
  if (token === "" || /\s/.test(token)) throw new UsageError(`${source} gave no token`);
  return token;
}

/** Asks again only when the token is about to expire or was refused, and once for all who want one meanwhile. */
function kept(ask: () => Promise<string>): TokenSource {
  let known: { token: string; until: number } | undefined;
  let asking: Promise<string> | undefined;
  const renew = async (): Promise<string> => {
    const token = await ask();
    known = { token, until: expiryOf(token) };
    return token;
  };
  return async (refused) => {
    const isGood = known !== undefined && Date.now() / 1000 <= known.until - MARGIN_SECONDS;
    if (known !== undefined && isGood && known.token !== refused) return known.token;
    asking ??= renew().finally(() => (asking = undefined));
    return await asking;
  };
}

/** When a token expires, in seconds since 1970, as it says itself: only the control API can tell whether that is true. */
function expiryOf(token: string): number {
  const [, payload = ""] = token.split(".");
  try {
    const { exp } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { exp?: unknown };
    if (typeof exp === "number") return exp;
  } catch {
    // Not a JSON web token; the control API will say so if it minds.
  }
  return Date.now() / 1000 + OPAQUE_SECONDS;
}
