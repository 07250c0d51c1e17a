import { labelsOf } from "../../components/labels";
import { isProduction, OWNERSHIP_LABELS } from "../../config/names";
import { didYouMean, nearest } from "../../config/nearest";

describe("the nearest word", () => {
  it.each([
    ["bosted", ["standard", "boosted"], "boosted"],
    ["a", ["b"], "b"],
    ["hopKey", ["edgeHopKey"], undefined],
    ["zone", [], undefined],
  ])("to %s among %j is %s", (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  it("is offered only when there is one", () => {
    expect(didYouMean("fre", ["free"])).toBe(' (did you mean "free"?)');
    expect(didYouMean("nobody", ["free"])).toBe("");
  });
});

describe("the labels that no cluster may set", () => {
  it("are those that the components set", () => {
    const labels = labelsOf({ environment: "prod", cluster: "free" }, "host");
    expect(Object.keys(labels).sort()).toEqual([...OWNERSHIP_LABELS].sort());
  });
});

describe("production", () => {
  it.each([
    ["prod", true],
    ["prod-eu", true],
    ["production", false],
    ["sandbox", false],
  ])("holds users: %s %s", (environment, expected) => {
    expect(isProduction(environment)).toBe(expected);
  });
});
