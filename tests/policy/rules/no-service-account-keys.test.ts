import { noServiceAccountKeys } from "../../../policy/rules/no-service-account-keys";
import { freeStack, judge, resource } from "../support/judge";

describe("no-service-account-keys", () => {
  it.each(["gcp:serviceaccount/key:Key", "gcp:storage/hmacKey:HmacKey"])("refuses %s", (type) => {
    expect(judge(noServiceAccountKeys, resource(type, {}), freeStack)).toEqual([`${type} is a long-lived credential`]);
  });

  it("accepts service accounts", () => {
    expect(judge(noServiceAccountKeys, resource("gcp:serviceaccount/account:Account", {}), freeStack)).toEqual([]);
  });
});
