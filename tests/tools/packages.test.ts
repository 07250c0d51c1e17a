/** The script that finds what tests start, or installs it; nothing is really installed here. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { start, type Finished } from "../support/command";
import { REPOSITORY } from "../support/environments";
import { removeTempDirs, tempDir } from "../support/temp-dir";

afterAll(removeTempDirs);

const SCRIPT = join(REPOSITORY, "tools", "packages.sh");

/** Runs the script where only the given programs exist, each a shell script. */
async function whereThereIs(programs: Readonly<Record<string, string>>, purpose = "test"): Promise<Finished> {
  const bin = tempDir();
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return await start("/bin/sh", [SCRIPT, purpose], { PATH: bin, PACKAGES_PATH: bin }).finished;
}

const sandbox = { knotd: "", kdig: "", postgres: "", haproxy: "", openssl: "" };
const all = { ...sandbox, curl: "", chromium: "" };
const somebody = { id: "echo 1000" };

test("it says and does nothing when everything is there", async () => {
  expect(await whereThereIs(all)).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("the sandbox needs less than tests", async () => {
  expect(await whereThereIs(sandbox, "sandbox")).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("benchmarks need more than tests", async () => {
  const { code, stderr } = await whereThereIs({ ...all, ...somebody, "apt-get": "exit 9" }, "bench");
  expect(code).toBe(1);
  expect(stderr).toBe(
    "make bench needs programs that are not there. Install them as root: apt-get update && " +
      "apt-get install --no-install-recommends dnsperf\n",
  );
});

test("who is not root and cannot become it is told what to install", async () => {
  const { code, stderr } = await whereThereIs({ ...somebody, kdig: "", "apt-get": "exit 9", sudo: "exit 1" });
  expect(code).toBe(1);
  expect(stderr).toContain("apt-get install --no-install-recommends knot postgresql haproxy openssl curl chromium\n");
});

test("who may become root without a password does, for this script alone", async () => {
  const log = join(tempDir(), "log");
  const { stderr } = await whereThereIs({ ...somebody, "apt-get": "exit 9", sudo: `echo "$*" >>'${log}'` });
  expect(readFileSync(log, "utf8")).toBe(`-n true\n${SCRIPT} test\n`);
  expect(stderr).toContain("They are in these packages, which are installed, but not found");
});

test("a system without apt is told what the packages are", async () => {
  const { code, stderr } = await whereThereIs(somebody);
  expect(code).toBe(1);
  expect(stderr).toContain("as these Debian packages: knot knot-dnsutils postgresql haproxy openssl curl chromium\n");
});

test("root installs without questions, and no service starts meanwhile or is kept from it afterwards", async () => {
  const folder = tempDir();
  const policy = join(folder, "policy-rc.d");
  const copy = join(folder, "packages.sh");
  writeFileSync(copy, readFileSync(SCRIPT, "utf8").replaceAll("/usr/sbin/policy-rc.d", policy));
  const seen = join(folder, "seen");
  const bin = tempDir();
  writeFileSync(
    join(bin, "apt-get"),
    `#!/bin/sh\necho "$DEBIAN_FRONTEND $*" >>'${seen}'; '${policy}' knot start; echo "policy: $?" >>'${seen}'; exit 7\n`,
  );
  writeFileSync(join(bin, "id"), "#!/bin/sh\necho 0\n");
  for (const name of ["apt-get", "id"]) chmodSync(join(bin, name), 0o755);
  const { code } = await start("/bin/sh", [copy, "test"], { PATH: `${bin}:/usr/bin:/bin`, PACKAGES_PATH: bin })
    .finished;
  expect(readFileSync(seen, "utf8")).toBe("noninteractive update -qq\npolicy: 101\n");
  expect(code).toBe(7);
  expect(existsSync(policy)).toBe(false);
});
