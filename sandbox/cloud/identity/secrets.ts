/** Secret Manager: access to the versions of secrets that are recorded. Pure. */
import { json, type Answer } from "../../issuer/listener";
import { text } from "../../provider/values";
import type { CloudRecord } from "../../provider/store";
import type { Records } from "../controller";
import { apiError } from "./api-answers";
import { isGranted, memberOf, secretGrants } from "./grants";

const VERSIONS = [
  "gcp:secretmanager/secretVersion:SecretVersion",
  "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion",
];
const PATH = /^\/v1\/(projects\/[^/]+(?:\/locations\/[^/]+)?\/secrets\/[^/]+)\/versions\/([\w-]+):access$/;
const ACCESSOR = ["roles/secretmanager.secretAccessor"];
const SERVICE = "secretmanager.googleapis.com";

/** A secret's version, by the path of its URL. */
export interface VersionName {
  /** Resource name of the secret. */
  readonly secret: string;
  /** A number, or `latest`. */
  readonly version: string;
}

/** Undefined for a path that asks for something else. */
export function parseAccess(path: string): VersionName | undefined {
  const [, secret, version] = PATH.exec(path) ?? [];
  return secret === undefined || version === undefined ? undefined : { secret, version };
}

/** What an account gets who asks for a version. Throws for a condition that is not emulated. */
export function accessSecret(records: Records, { secret, version }: VersionName, account: string): Answer {
  const resource = { name: `${secret}/versions/${version}`, type: `${SERVICE}/SecretVersion`, service: SERVICE };
  const grants = secretGrants(records, secret);
  if (!isGranted(grants, memberOf(account), ACCESSOR, resource)) {
    const message = `Permission 'secretmanager.versions.access' denied for resource '${resource.name}' (or it may not exist).`;
    return apiError(403, message);
  }
  const found = findVersion(records, secret, version);
  if (found === undefined) return apiError(404, `Secret Version [${resource.name}] not found.`);
  if (found.outputs.enabled === false)
    return apiError(400, `Secret Version [${found.id}] is in DISABLED state.`, "FAILED_PRECONDITION");
  return json({ name: found.id, payload: { data: contentOf(found).toString("base64") } });
}

/** `latest` is the one that was made last, in whatever state. */
function findVersion(records: Records, secret: string, version: string): CloudRecord | undefined {
  const versions = VERSIONS.flatMap((type) => records.google(type)).filter(({ id }) =>
    id.startsWith(`${secret}/versions/`),
  );
  const number = ({ id }: CloudRecord) => Number(id.slice(id.lastIndexOf("/") + 1));
  if (version === "latest") return versions.sort((a, b) => number(b) - number(a))[0];
  return versions.find(({ id }) => id === `${secret}/versions/${version}`);
}

function contentOf({ inputs }: CloudRecord): Buffer {
  return Buffer.from(text(inputs.secretData), inputs.isSecretDataBase64 === true ? "base64" : "utf8");
}
