/** Field masks and filters of Google's APIs. */
import { selectFields } from "../../../../sandbox/cloud/identity/field-mask";
import { parseFilter } from "../../../../sandbox/cloud/identity/list-filter";

const VALUE = {
  items: [{ name: "a", labels: { x: "1" }, interfaces: [{ ip: "i", network: "n" }] }],
  next: "t",
  kind: "k",
};

describe("a field mask", () => {
  it.each([
    ["next", { next: "t" }],
    ["items(name),next", { items: [{ name: "a" }], next: "t" }],
    ["items/name", { items: [{ name: "a" }] }],
    ["items(labels,interfaces/ip)", { items: [{ labels: { x: "1" }, interfaces: [{ ip: "i" }] }] }],
    ["items(interfaces(ip,network))", { items: [{ interfaces: [{ ip: "i", network: "n" }] }] }],
    ["items/*/x", { items: [{ name: "a", labels: { x: "1" }, interfaces: [{}] }] }],
    ["nothing", {}],
  ])("selects %s", (mask, expected) => {
    expect(selectFields(VALUE, mask)).toEqual(expected);
  });

  it.each(["", "items(", "items(name", "items)", ",", "items//name", "a b"])(
    "is refused where it is none: '%s'",
    (mask) => {
      expect(() => selectFields(VALUE, mask)).toThrow(SyntaxError);
    },
  );
});

describe("a filter", () => {
  const item = { name: "vm", status: "RUNNING", labels: { "failure-domain": "free", environment: "sandbox" } };

  it.each([
    ["", true],
    ['status = "RUNNING"', true],
    ["status=RUNNING", true],
    ['(status != "RUNNING")', false],
    ['(labels.environment = "sandbox") AND (labels.failure-domain = "free") AND (status = "RUNNING")', true],
    ['(labels.environment = "sandbox") AND (labels.failure-domain = "free2")', false],
    ['labels.missing = ""', true],
  ])("'%s': %s", (filter, expected) => {
    expect(parseFilter(filter)(item)).toBe(expected);
  });

  it.each(['status eq "R.*"', '(status = "RUNNING"', 'a = "b" OR c = "d"', "status:RUN", "status > 1", "AND"])(
    "is refused where it is not emulated: %s",
    (filter) => {
      expect(() => parseFilter(filter)).toThrow(/not emulate/);
    },
  );
});
