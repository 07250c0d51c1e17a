import { holds } from "../../../../sandbox/cloud/identity/condition";

const RESOURCE = {
  name: "projects/acme/instances/store",
  type: "sqladmin.googleapis.com/Instance",
  service: "sqladmin.googleapis.com",
};

describe("a condition of an IAM grant", () => {
  it.each([
    ['resource.name == "projects/acme/instances/store"', true],
    ["resource.name == 'projects/acme/instances/other'", false],
    ['"sqladmin.googleapis.com" == resource.service', true],
    ['resource.type != "sqladmin.googleapis.com/Instance"', false],
    ['resource.type == "sqladmin.googleapis.com/Instance" && resource.name == "projects/acme/instances/store"', true],
    ['resource.type == "x" && resource.name == "projects/acme/instances/store"', false],
    ['resource.type == "x" || resource.name.startsWith("projects/acme/")', true],
    ['resource.name.endsWith("/other") || resource.name.endsWith("/store")', true],
    ['!(resource.type == "x" || resource.service == "y")', true],
    ['resource.type == "x" || resource.type == "y" && resource.service == "z"', false],
    [String.raw`resource.name == "a\"b"`, false],
  ])("%s: %s", (expression, expected) => {
    expect(holds(expression, RESOURCE)).toBe(expected);
  });

  it.each([
    "",
    "true",
    "resource.name",
    'resource.name = "x"',
    'resource.labels.x == "y"',
    'request.time < timestamp("2030-01-01T00:00:00Z")',
    'resource.name == "x" ||',
    '(resource.name == "x"',
    'resource.name == "x")',
    'resource.name.matches("x")',
    'resource.name == "unfinished',
    // Not even where the rest has decided already.
    'resource.service == "sqladmin.googleapis.com" || origin.ip == "x"',
    'resource.service == "x" && origin.ip == "x"',
  ])("is refused where it is not understood: %s", (expression) => {
    expect(() => holds(expression, RESOURCE)).toThrow(/not emulated/);
  });
});
