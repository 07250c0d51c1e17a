import { checkPrograms, type ProgramName } from "../../../sandbox/cloud/programs";

function complaint(...missing: ProgramName[]): string {
  try {
    checkPrograms((name) => !missing.includes(name));
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

test("this machine, which runs these tests, has all that is needed", () => {
  expect(() => checkPrograms()).not.toThrow();
});

test("what is missing is named with its packages, each once", () => {
  expect(complaint("haproxy")).toBe(
    "the sandbox needs programs that are not on this machine: haproxy; " +
      "make sandbox installs them (Debian: apt-get install --no-install-recommends haproxy)",
  );
  expect(complaint("knotd", "knotc", "postgres", "initdb")).toMatch(
    /: knotd, knotc, postgres, initdb; .*--no-install-recommends knot postgresql\)$/,
  );
});
