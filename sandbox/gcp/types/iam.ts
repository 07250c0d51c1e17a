import type { Definitions, OutputContext, Rule } from "../definition";
import { isUnknown, list, type Properties, show, text, UNKNOWN } from "../../provider/values";
import { numericId } from "../../provider/hash";
import { failure, members, oneOf, pattern, role } from "../rules";

/** Identity of a service account; the real provider tells it in a preview already. */
function identity(inputs: Properties): Properties {
  const [accountId, project] = [inputs.accountId, inputs.project];
  if (isUnknown(accountId) || isUnknown(project)) return { email: UNKNOWN, member: UNKNOWN, name: UNKNOWN };
  const email = `${text(accountId)}@${text(project)}.iam.gserviceaccount.com`;
  return { email, member: `serviceAccount:${email}`, name: `projects/${text(project)}/serviceAccounts/${email}` };
}

function keyOutputs({ id, created }: OutputContext): Properties {
  const validBefore = new Date(Date.UTC(9999, 11, 31, 23, 59, 59)).toISOString();
  const privateKey = Buffer.from(JSON.stringify({ type: "service_account", private_key_id: numericId(id) }));
  return {
    name: id,
    privateKey: privateKey.toString("base64"),
    publicKey: numericId(id, "public"),
    validAfter: created,
    validBefore,
  };
}

const permissions: Rule = (inputs) =>
  list(inputs.permissions).flatMap((permission, index) =>
    typeof permission === "string" && !/^[\w-]+(\.[\w-]+){2,}$/.test(permission)
      ? [
          failure(
            `permissions[${index}]`,
            `${show(permission)} is not a permission; write it like compute.instances.get`,
          ),
        ]
      : [],
  );

/** Service accounts, roles, memberships in policies, and the services of a project. */
export const IAM_TYPES: Definitions = {
  "gcp:serviceaccount/account:Account": {
    id: "projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com",
    rules: [
      pattern(
        "accountId",
        /^[a-z][-a-z0-9]{4,28}[a-z0-9]$/,
        "use 6 to 30 lowercase letters, digits and hyphens, starting with a letter and not ending with a hyphen",
      ),
      pattern("displayName", /^.{0,100}$/su, "use at most 100 characters"),
      pattern("description", /^.{0,256}$/su, "use at most 256 characters"),
    ],
    planned: identity,
    outputs: ({ id, created }) => ({ uniqueId: `10${numericId(id, created)}` }),
  },
  "gcp:serviceaccount/key:Key": {
    id: "{serviceAccountId}/keys/{+number}",
    outputs: keyOutputs,
  },
  "gcp:serviceaccount/iAMMember:IAMMember": {
    id: "{serviceAccountId}/{role}/{member}",
    shared: true,
    rules: [
      pattern(
        "serviceAccountId",
        /^projects\/[^/]+\/serviceAccounts\/\S+$/,
        "write it like projects/<project>/serviceAccounts/<email>",
      ),
      role,
      members("member"),
    ],
  },
  "gcp:projects/iAMMember:IAMMember": {
    id: "{project}/{role}/{member}",
    shared: true,
    rules: [role, members("member")],
  },
  "gcp:projects/iAMBinding:IAMBinding": {
    id: "{project}/{role}",
    shared: true,
    rules: [role, members("members")],
  },
  "gcp:projects/iAMCustomRole:IAMCustomRole": {
    id: "projects/{project}/roles/{roleId}",
    rules: [
      pattern("roleId", /^[\w.]{3,64}$/, "use 3 to 64 letters, digits, underscores and dots"),
      oneOf("stage", ["ALPHA", "BETA", "GA", "DEPRECATED", "DISABLED", "EAP"]),
      permissions,
    ],
    outputs: ({ id }) => ({ name: id, deleted: false }),
  },
  "gcp:projects/service:Service": {
    id: "{project}/{service}",
    shared: true,
    rules: [pattern("service", /^[\w.-]+\.\w+$/, "write it like compute.googleapis.com")],
  },
  "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": {
    id: "projects/{project}/locations/{location}/repositories/{repository:short}/{role}/{member}",
    shared: true,
    rules: [role, members("member")],
  },
};
