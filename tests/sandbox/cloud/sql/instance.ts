/** Records of an instance like the sandbox's. */
import type { MemoryRecords } from "../google-context";

export const INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance";
export const DATABASE = "gcp:sql/database:Database";
export const USER = "gcp:sql/user:User";
export const MEMBER = "gcp:projects/iAMMember:IAMMember";

export const INSTANCE_ID = "projects/acme/instances/store";
export const DATABASE_ID = `${INSTANCE_ID}/databases/resolution`;
export const EMAIL = "api@acme.iam.gserviceaccount.com";
export const USER_NAME = "api@acme.iam";
export const USER_ID = `${USER_NAME}//acme/store`;
export const MEMBER_ID = `acme/roles/cloudsql.instanceUser/serviceAccount:${EMAIL}`;
export const CONDITION = `resource.type == "sqladmin.googleapis.com/Instance" && resource.name == "${INSTANCE_ID}"`;

export interface InstanceOptions {
  readonly address?: string;
  /** PEM of the authority that clients are told of. */
  readonly authority?: string;
  readonly ip?: object;
  readonly settings?: object;
  readonly inputs?: object;
}

export function putInstance(records: MemoryRecords, options: InstanceOptions = {}): void {
  const ipConfiguration = { ipv4Enabled: false, sslMode: "ENCRYPTED_ONLY", ...options.ip };
  const settings = {
    userLabels: { "failure-domain": "shared", role: "database" },
    databaseFlags: [{ name: "cloudsql.iam_authentication", value: "on" }],
    ipConfiguration,
    ...options.settings,
  };
  records.put(
    INSTANCE,
    INSTANCE_ID,
    {
      name: "store",
      project: "acme",
      region: "europe-west1",
      databaseVersion: "POSTGRES_16",
      settings,
      ...options.inputs,
    },
    { privateIpAddress: options.address ?? "127.1.1.1", serverCaCerts: [{ cert: options.authority ?? "" }] },
  );
}

export function putDatabase(records: MemoryRecords, inputs = {}): void {
  records.put(DATABASE, DATABASE_ID, { name: "resolution", instance: "store", project: "acme", ...inputs });
}

/** The user of a service account. */
export function putUser(records: MemoryRecords, inputs = {}): void {
  records.put(USER, USER_ID, {
    name: USER_NAME,
    instance: "store",
    project: "acme",
    type: "CLOUD_IAM_SERVICE_ACCOUNT",
    databaseRoles: ["cloudsqlsuperuser"],
    deletionPolicy: "ABANDON",
    ...inputs,
  });
}

/** Lets the account log in. */
export function putMember(records: MemoryRecords, expression = CONDITION): void {
  records.put(MEMBER, MEMBER_ID, {
    project: "acme",
    role: "roles/cloudsql.instanceUser",
    member: `serviceAccount:${EMAIL}`,
    condition: { title: "store only", expression },
  });
}
