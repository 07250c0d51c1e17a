/** Reading secrets from Secret Manager. */
import { z } from "zod";
import { send, type SendPolicy } from "../http/send";

/** Read when a process starts: better late than not at all. */
const POLICY: SendPolicy = { timeoutMs: 10_000, attempts: 5, backoff: { baseMs: 500, maxMs: 5_000 } };

/** With a location it is a regional secret, which only that region's endpoint knows. */
const NAME = /^projects\/[\w:.-]+(?:\/locations\/([a-z0-9-]+))?\/secrets\/[\w-]+(\/versions\/[\w-]+)?$/;
const accessed = z.object({ name: z.string().optional(), payload: z.object({ data: z.base64() }) });

export interface SecretOptions {
  /** Base URL of the API. Default: SECRET_MANAGER_ENDPOINT, which tests and the sandbox set, else Google's own. */
  readonly endpoint?: string;
}

/**
 * The content of a version, as text. `name` is the version's resource name, or the secret's, whose latest version is then read. The
 * content is in no error.
 */
export async function readSecret(name: string, accessToken: string, options: SecretOptions = {}): Promise<string> {
  return (await access(name, accessToken, options)).content;
}

/**
 * The content of a secret's latest version, and after it that of the one before, where that is enabled: while a key is rotated, both
 * are in use.
 */
export async function readNewestVersions(
  secret: string,
  accessToken: string,
  options: SecretOptions = {},
): Promise<string[]> {
  const latest = await access(secret, accessToken, options);
  const number = Number(/\/versions\/(\d+)$/.exec(latest.version ?? "")?.[1] ?? 1);
  if (number === 1) return [latest.content];
  try {
    const before = await access(`${secret}/versions/${number - 1}`, accessToken, options);
    return [latest.content, before.content];
  } catch (error) {
    if (error instanceof Unreadable && NO_CONTENT.includes(error.status)) return [latest.content];
    throw error;
  }
}

/** What Secret Manager answers for a version that is disabled or destroyed, and for one that never was. */
const NO_CONTENT: readonly number[] = [400, 404];

class Unreadable extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

async function access(
  name: string,
  accessToken: string,
  options: SecretOptions,
): Promise<{ content: string; version: string | undefined }> {
  const [, location, version] = NAME.exec(name) ?? malformed(name);
  const base = options.endpoint ?? process.env.SECRET_MANAGER_ENDPOINT ?? googleEndpoint(location);
  const url = new URL(`${base.replace(/\/$/, "")}/v1/${name}${version === undefined ? "/versions/latest" : ""}:access`);
  const { status, text } = await send(url, { headers: { authorization: `Bearer ${accessToken}` } }, POLICY);
  if (status !== 200)
    throw new Unreadable(status, `secret ${name} cannot be read: ${url.host} answered ${status}${remedyFor(status)}`);
  const answer = accessed.safeParse(jsonOf(text));
  if (!answer.success) throw new Error(`secret ${name} cannot be read: ${url.host} gave no content`);
  return { content: Buffer.from(answer.data.payload.data, "base64").toString("utf8"), version: answer.data.name };
}

function malformed(name: string): never {
  const form = "projects/<project>[/locations/<region>]/secrets/<secret>[/versions/<version>]";
  throw new Error(`"${name}" is no secret's name: it must be ${form}`);
}

function googleEndpoint(location: string | undefined): string {
  const host = location === undefined ? "secretmanager" : `secretmanager.${location}.rep`;
  return `https://${host}.googleapis.com`;
}

function remedyFor(status: number): string {
  if (status === 403) return "; grant this service account roles/secretmanager.secretAccessor on it";
  return status === 404 ? "; there is no such version" : "";
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
