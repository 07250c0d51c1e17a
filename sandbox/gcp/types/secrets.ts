import type { Definition, Definitions } from "../definition";
import { linkPart, partOf, shortName } from "../links";
import { failure, labels, members, pattern, role } from "../rules";

const secretId = pattern("secretId", /^[A-Za-z0-9_-]{1,255}$/, "use 1 to 255 letters, digits, hyphens and underscores");
const REGIONAL_LINK = /^projects\/[^/]+\/locations\/[^/]+\/secrets\/[^/]+$/;

function version(link: RegExp, example: string): Definition {
  return {
    id: "{secret}/versions/{+version}",
    rules: [pattern("secret", link, `use the secret's id, like ${example}`)],
    outputs: ({ id, created }) => ({
      name: id,
      version: shortName(id),
      createTime: created,
      ...(linkPart(id, "locations") === undefined ? {} : { location: linkPart(id, "locations") }),
    }),
  };
}

const isProtected: NonNullable<Definition["protection"]> = (outputs) =>
  outputs.deletionProtection === true ? "deletionProtection is on; set it to false and deploy, then delete" : undefined;

/** Secret Manager: replicated secrets, and secrets that stay in one region. */
export const SECRET_TYPES: Definitions = {
  "gcp:secretmanager/secret:Secret": {
    id: "projects/{project}/secrets/{secretId}",
    rules: [
      secretId,
      labels(),
      (inputs) =>
        inputs.ttl !== undefined && inputs.expireTime !== undefined
          ? [failure("ttl", "excludes expireTime; remove one of the two")]
          : [],
    ],
    outputs: ({ id }) => ({ name: id }),
    protection: isProtected,
  },
  "gcp:secretmanager/secretVersion:SecretVersion": version(
    /^projects\/[^/]+\/secrets\/[^/]+$/,
    "projects/<project>/secrets/<secret>",
  ),
  "gcp:secretmanager/secretIamMember:SecretIamMember": {
    id: "projects/{project}/secrets/{secretId:short}/{role}/{member}",
    shared: true,
    rules: [role, members("member")],
    defaults: (inputs) => ({ project: partOf(inputs.secretId, "projects") }),
  },
  "gcp:secretmanager/regionalSecret:RegionalSecret": {
    id: "projects/{project}/locations/{location}/secrets/{secretId}",
    rules: [secretId, labels()],
    outputs: ({ id }) => ({ name: id }),
    protection: isProtected,
  },
  "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion": version(
    REGIONAL_LINK,
    "projects/<project>/locations/<region>/secrets/<secret>",
  ),
  "gcp:secretmanager/regionalSecretIamMember:RegionalSecretIamMember": {
    id: "projects/{project}/locations/{location}/secrets/{secretId:short}/{role}/{member}",
    shared: true,
    rules: [role, members("member")],
    defaults: (inputs) => ({
      project: partOf(inputs.secretId, "projects"),
      location: partOf(inputs.secretId, "locations"),
    }),
  },
};
