import { osLogin } from "../../../policy/rules/os-login";
import { UNKNOWN } from "../../../policy/support/values";
import { freeStack, judge, resource } from "../support/judge";

const machine = (metadata: unknown) =>
  judge(osLogin, resource("gcp:compute/regionInstanceTemplate:RegionInstanceTemplate", { metadata }), freeStack);

describe("os-login", () => {
  it.each(["TRUE", "true", true, UNKNOWN])("accepts enable-oslogin %p", (value) => {
    expect(machine({ "enable-oslogin": value })).toEqual([]);
  });

  it("accepts metadata that is not known yet", () => {
    expect(machine(UNKNOWN)).toEqual([]);
  });

  it.each(["FALSE", false, "", undefined])("refuses enable-oslogin %p", (value) => {
    expect(machine({ "enable-oslogin": value })).toHaveLength(1);
  });

  it("refuses keys in metadata even beside OS Login", () => {
    expect(machine({ "enable-oslogin": "TRUE", "ssh-keys": "me:ssh-ed25519 AAAA" })).toEqual([
      "metadata.ssh-keys gives access by key",
    ]);
  });
});
