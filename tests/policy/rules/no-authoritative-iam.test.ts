import { noAuthoritativeIam } from "../../../policy/rules/no-authoritative-iam";
import { freeStack, judge, resource, sharedStack } from "../support/judge";

describe("no-authoritative-iam", () => {
  it.each([
    "gcp:projects/iAMBinding:IAMBinding",
    "gcp:projects/iAMPolicy:IAMPolicy",
    "gcp:secretmanager/secretIamBinding:SecretIamBinding",
    "gcp:artifactregistry/repositoryIamPolicy:RepositoryIamPolicy",
  ])("refuses %s in every stack", (type) => {
    for (const scope of [freeStack, sharedStack]) {
      expect(judge(noAuthoritativeIam, resource(type, {}), scope)).toEqual([`${type} replaces what others granted`]);
    }
  });

  it.each([
    "gcp:projects/iAMMember:IAMMember",
    "gcp:secretmanager/regionalSecretIamMember:RegionalSecretIamMember",
    "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy",
    "gcp:monitoring/alertPolicy:AlertPolicy",
  ])("accepts %s", (type) => {
    expect(judge(noAuthoritativeIam, resource(type, {}), freeStack)).toEqual([]);
  });
});
