/** What Cloud SQL is to hold: read off the records. Pure. */
import { shortName } from "../../gcp/links";
import type { CloudRecord } from "../../provider/store";
import { list, object, scalarText, text, type Properties } from "../../provider/values";
import type { Records } from "../controller";
import { holds } from "../identity/condition";
import { isGranted, memberOf, PROJECT_MEMBER, projectGrants } from "../identity/grants";

export const INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance";
export const DATABASE = "gcp:sql/database:Database";
export const USER = "gcp:sql/user:User";

/** The role that owns databases, of which users are members. */
export const SUPERUSER = "cloudsqlsuperuser";
/** Lets an account log in. */
export const LOGIN_ROLE = "roles/cloudsql.instanceUser";
const SERVICE = "sqladmin.googleapis.com";
const IAM_FLAG = "cloudsql.iam_authentication";

export interface DeclaredDatabase {
  readonly name: string;
  /** Whether it stays when its resource is deleted. */
  readonly abandoned: boolean;
}

export interface DeclaredUser {
  readonly name: string;
  readonly superuser: boolean;
  readonly abandoned: boolean;
  /** How it logs in: by a password, by access tokens of a service account, or not at all. */
  readonly login: { readonly password: string } | { readonly account: string } | undefined;
}

export interface DeclaredInstance {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly region: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
  /** Whether it refuses connections without TLS. */
  readonly tlsOnly: boolean;
  /** PostgreSQL's settings that the stack declares. */
  readonly flags: Readonly<Record<string, string>>;
  readonly databases: readonly DeclaredDatabase[];
  readonly users: readonly DeclaredUser[];
}

export interface Declared {
  readonly instances: readonly DeclaredInstance[];
  /** By the id of the resource: why it is not made. */
  readonly refused: ReadonlyMap<string, string>;
}

/** @param exists whether there is a service account of this email. */
export function declaredInstances(records: Records, exists: (email: string) => boolean): Declared {
  const refused = new Map<string, string>();
  const accepted = (refusal: (record: CloudRecord) => string | undefined) => (record: CloudRecord) => {
    const reason = refusal(record);
    if (reason !== undefined) refused.set(record.id, reason);
    return reason === undefined;
  };
  const instances = records.google(INSTANCE).filter(accepted(refusalOfInstance));
  const databases = records.google(DATABASE).filter(accepted(refusalOfDatabase));
  const users = records.google(USER).filter(accepted(refusalOfUser));
  for (const member of records.google(PROJECT_MEMBER)) accepted(refusalOfMember)(member);
  const ofInstance = (instance: CloudRecord) => (record: CloudRecord) => instanceIdOf(record) === instance.id;
  return {
    instances: instances.map((instance) => ({
      ...instanceOf(instance),
      databases: databases.filter(ofInstance(instance)).map(databaseOf),
      users: users.filter(ofInstance(instance)).map((user) => userOf(records, instance, user, exists)),
    })),
    refused,
  };
}

/** The id of the instance that a database or user is in, by the resource's own id. */
export function instanceIdIn(id: string): string {
  const [, project, instance] =
    /\/\/([^/]+)\/([^/]+)$/.exec(id) ?? /^projects\/([^/]+)\/instances\/([^/]+)/.exec(id) ?? [];
  return `projects/${project ?? ""}/instances/${instance ?? ""}`;
}

function instanceIdOf({ outputs }: CloudRecord): string {
  return `projects/${text(outputs.project)}/instances/${shortName(text(outputs.instance))}`;
}

function instanceOf({ id, outputs }: CloudRecord): Omit<DeclaredInstance, "databases" | "users"> {
  const settings = object(outputs.settings);
  return {
    id,
    project: text(outputs.project),
    name: text(outputs.name),
    region: text(outputs.region),
    labels: object(settings.userLabels) as Record<string, string>,
    address: text(outputs.privateIpAddress),
    tlsOnly: object(settings.ipConfiguration).sslMode === "ENCRYPTED_ONLY",
    flags: Object.fromEntries(Object.entries(flagsOf(outputs)).filter(([name]) => name !== IAM_FLAG)),
  };
}

function flagsOf(outputs: Properties): Record<string, string> {
  const flags = list(object(outputs.settings).databaseFlags).map(object);
  return Object.fromEntries(flags.map(({ name, value }) => [text(name), scalarText(value)]));
}

function databaseOf({ outputs }: CloudRecord): DeclaredDatabase {
  return { name: text(outputs.name), abandoned: outputs.deletionPolicy === "ABANDON" };
}

function userOf(
  records: Records,
  instance: CloudRecord,
  { outputs }: CloudRecord,
  exists: (email: string) => boolean,
): DeclaredUser {
  const name = text(outputs.name);
  const isAccount = outputs.type === "CLOUD_IAM_SERVICE_ACCOUNT";
  const roles = list(outputs.databaseRoles);
  const email = `${name}.gserviceaccount.com`;
  const mayLogIn = exists(email) && flagsOf(instance.outputs)[IAM_FLAG] === "on" && hasLogin(records, instance, email);
  const password = text(outputs.password);
  return {
    name,
    // Users with a password are given the role unless they are declared without.
    superuser: roles.includes(SUPERUSER) || (!isAccount && roles.length === 0),
    abandoned: outputs.deletionPolicy === "ABANDON",
    login: isAccount ? (mayLogIn ? { account: email } : undefined) : password === "" ? undefined : { password },
  };
}

/** Whether the account may log in to the instance. A grant whose condition is not emulated gives nobody anything. */
function hasLogin(records: Records, { id, outputs }: CloudRecord, email: string): boolean {
  const grants = projectGrants(records, text(outputs.project));
  const resource = { name: id, type: `${SERVICE}/Instance`, service: SERVICE };
  return grants.some((grant) => {
    try {
      return isGranted([grant], memberOf(email), [LOGIN_ROLE], resource);
    } catch {
      return false;
    }
  });
}

function refusalOfInstance({ outputs }: CloudRecord): string | undefined {
  const settings = object(outputs.settings);
  const { ipv4Enabled, pscConfigs, sslMode } = object(settings.ipConfiguration);
  const name = text(outputs.name);
  const version = text(outputs.databaseVersion);
  if (!version.startsWith("POSTGRES_")) return `${name}: ${version} is not emulated, only PostgreSQL is`;
  if (ipv4Enabled !== false) return `${name}: a public address (ipv4Enabled) is not emulated`;
  if (list(pscConfigs).length > 0) return `${name}: Private Service Connect is not emulated`;
  if (sslMode === "TRUSTED_CLIENT_CERTIFICATE_REQUIRED") return `${name}: clients' certificates are not emulated`;
  if (text(outputs.masterInstanceName) !== "") return `${name}: replicas are not emulated`;
  const unknown = Object.keys(flagsOf(outputs)).find((flag) => !/^[a-z_]+$/.test(flag) && flag !== IAM_FLAG);
  return unknown === undefined ? undefined : `${name}: the database flag ${unknown} is not emulated`;
}

function refusalOfDatabase({ inputs }: CloudRecord): string | undefined {
  const { charset, collation } = inputs;
  const name = text(inputs.name);
  if (text(charset) !== "" && charset !== "UTF8") return `${name}: charset ${text(charset)} is not emulated`;
  // Which ones there are depends on the machine.
  if (text(collation) !== "" && collation !== "en_US.UTF8")
    return `${name}: collation ${text(collation)} is not emulated`;
  return undefined;
}

function refusalOfUser({ outputs }: CloudRecord): string | undefined {
  const [name, type] = [text(outputs.name), text(outputs.type)];
  if (!["", "BUILT_IN", "CLOUD_IAM_SERVICE_ACCOUNT"].includes(type))
    return `${name}: users of type ${type} are not emulated`;
  const role = list(outputs.databaseRoles).find((given) => given !== SUPERUSER);
  return role === undefined ? undefined : `${name}: the database role ${scalarText(role)} is not emulated`;
}

/** Of grants of logins alone: what others mean is not for Cloud SQL to say. */
function refusalOfMember({ outputs }: CloudRecord): string | undefined {
  const expression = text(object(outputs.condition).expression);
  if (outputs.role !== LOGIN_ROLE || expression === "") return undefined;
  try {
    holds(expression, { name: "", type: "", service: "" });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
