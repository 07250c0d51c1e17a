/** Who may do what: read off the IAM records. Pure. */
import { linkPart } from "../../gcp/links";
import type { CloudRecord } from "../../provider/store";
import { list, object, text } from "../../provider/values";
import type { Records } from "../controller";
import { holds, type ConditionedResource } from "./condition";

export const PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember";
const PROJECT_BINDING = "gcp:projects/iAMBinding:IAMBinding";
const CUSTOM_ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole";
const SECRET_MEMBERS = [
  "gcp:secretmanager/secretIamMember:SecretIamMember",
  "gcp:secretmanager/regionalSecretIamMember:RegionalSecretIamMember",
];
const ACCOUNT_MEMBER = "gcp:serviceaccount/iAMMember:IAMMember";

export interface Grant {
  readonly role: string;
  /** Such as `serviceAccount:<email>`. */
  readonly members: readonly string[];
  /** Under which it holds. */
  readonly condition?: string;
}

/** The member that a service account is. */
export function memberOf(email: string): string {
  return `serviceAccount:${email}`;
}

/** What is granted in a project as a whole. */
export function projectGrants(records: Records, project: string): Grant[] {
  return [PROJECT_MEMBER, PROJECT_BINDING]
    .flatMap((type) => records.google(type))
    .filter(({ outputs }) => text(outputs.project).replace(/^projects\//, "") === project)
    .map(grantOf);
}

/** What is granted on a secret, by its resource name. */
export function secretGrants(records: Records, secret: string): Grant[] {
  return SECRET_MEMBERS.flatMap((type) => records.google(type))
    .filter(({ id }) => id.startsWith(`${secret}/`))
    .map(grantOf);
}

/** What is granted on a service account: who may act as it. */
export function accountGrants(records: Records, email: string): Grant[] {
  const isIts = (record: CloudRecord) => linkPart(text(record.outputs.serviceAccountId), "serviceAccounts") === email;
  return records.google(ACCOUNT_MEMBER).filter(isIts).map(grantOf);
}

/** Whether a member has one of the roles on the resource. Throws for a condition that is not emulated. */
export function isGranted(
  grants: readonly Grant[],
  member: string,
  roles: readonly string[],
  resource: ConditionedResource,
): boolean {
  return grants.some(
    ({ role, members, condition }) =>
      roles.includes(role) && members.includes(member) && (condition === undefined || holds(condition, resource)),
  );
}

/** The custom roles of a project that hold a permission, by their names. */
export function rolesWith(records: Records, project: string, permission: string): string[] {
  return records
    .google(CUSTOM_ROLE)
    .filter(({ outputs }) => text(outputs.project) === project && outputs.stage !== "DISABLED")
    .filter(({ outputs }) => list(outputs.permissions).includes(permission))
    .map(({ id }) => id);
}

function grantOf({ outputs }: CloudRecord): Grant {
  const { expression } = object(outputs.condition);
  const member = text(outputs.member);
  return {
    role: text(outputs.role),
    members: member === "" ? list(outputs.members).map(text) : [member],
    ...(typeof expression === "string" && { condition: expression }),
  };
}
