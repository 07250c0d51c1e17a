import fc from "fast-check";
import { environmentOf, expand } from "../../../../sandbox/cloud/kubernetes/pods/variables";

const FIELDS = { "metadata.name": "dns-0", "metadata.namespace": "resolution" } as const;

describe("references to variables", () => {
  // The examples of Kubernetes' own documentation and tests, in meaning.
  it.each([
    ["$(A)", "a"],
    ["x$(A)y$(B)z", "xaybz"],
    ["$(UNKNOWN)", "$(UNKNOWN)"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$a"],
    ["$$$$(A)", "$$(A)"],
    ["$A", "$A"],
    ["$", "$"],
    ["$(A", "$(A"],
    ["$()", "$()"],
    ["$(EMPTY)", ""],
    ["$(toString)", "$(toString)"],
  ])("in %s give %s", (text, expanded) => {
    expect(expand(text, { A: "a", B: "b", EMPTY: "" })).toBe(expanded);
  });

  it("leave texts without a dollar sign as they are", () => {
    fc.assert(fc.property(fc.string(), (text) => text.includes("$") || expand(text, { A: "a" }) === text));
  });
});

describe("the environment of a container", () => {
  it("has fields of the pod, and values that refer to variables before them only", () => {
    const variables = [
      { name: "EARLY", value: "$(POD_NAME)" },
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" as const } } },
      { name: "NODE_NAME", value: "$(POD_NAME).europe-west1" },
      { name: "NOTHING" },
    ];
    expect(environmentOf(variables, FIELDS)).toEqual({
      EARLY: "$(POD_NAME)",
      POD_NAME: "dns-0",
      NODE_NAME: "dns-0.europe-west1",
      NOTHING: "",
    });
  });

  it("has the last of several values of a name", () => {
    const variables = [
      { name: "A", value: "1" },
      { name: "B", value: "$(A)" },
      { name: "A", value: "2" },
    ];
    expect(environmentOf(variables, FIELDS)).toEqual({ A: "2", B: "1" });
  });
});
