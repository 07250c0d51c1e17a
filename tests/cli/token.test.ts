/** Where the token comes from, and where it is sent. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiAddress } from "../../cli/control-api/address";
import { tokenSource } from "../../cli/control-api/token";
import { readEnvironmentFile } from "../../config";
import { committedFile } from "../support/environments";
import { removeTempDirs, tempDir } from "../support/temp-dir";

afterAll(removeTempDirs);

const prod = readEnvironmentFile(committedFile("prod"));
const sandbox = readEnvironmentFile(committedFile("sandbox"));
const AUDIENCE = "https://resolution.acme-hosting.dev";
const OPERATOR = "resolution-operator@acme-hosting-prod.iam.gserviceaccount.com";

/** Variables with a gcloud of the test's own as the only one on PATH; it notes its arguments. */
function withGcloud(script: string): { variables: NodeJS.ProcessEnv; calls: () => string[] } {
  const folder = tempDir();
  const bin = join(folder, "bin");
  const log = join(folder, "calls");
  mkdirSync(bin);
  writeFileSync(log, "");
  writeFileSync(join(bin, "gcloud"), `#!/bin/sh\necho "$*" >>'${log}'\n${script}\n`);
  chmodSync(join(bin, "gcloud"), 0o755);
  return {
    variables: { PATH: `${bin}:/usr/bin:/bin` },
    calls: () => readFileSync(log, "utf8").split("\n").filter(Boolean),
  };
}

/** A token that says when it expires. */
function tokenUntil(seconds: number): string {
  const payload = Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1000) + seconds })).toString("base64url");
  return `e30.${payload}.c2ln`;
}

describe("the token", () => {
  test("is taken from CLUSTERS_TOKEN, then CLUSTERS_TOKEN_FILE, then CLUSTERS_TOKEN_COMMAND", async () => {
    const file = join(tempDir(), "token");
    writeFileSync(file, "from-file\n");
    const all = { CLUSTERS_TOKEN: "given", CLUSTERS_TOKEN_FILE: file, CLUSTERS_TOKEN_COMMAND: "echo from-command" };
    expect(await tokenSource(prod, all)()).toBe("given");
    expect(await tokenSource(prod, { ...all, CLUSTERS_TOKEN: "" })()).toBe("from-file");
    expect(await tokenSource(prod, { ...process.env, CLUSTERS_TOKEN_COMMAND: all.CLUSTERS_TOKEN_COMMAND })()).toBe(
      "from-command",
    );
  });

  test("is read from the file each time", async () => {
    const file = join(tempDir(), "token");
    writeFileSync(file, "first");
    const token = tokenSource(prod, { CLUSTERS_TOKEN_FILE: file });
    expect(await token()).toBe("first");
    writeFileSync(file, "second");
    expect(await token()).toBe("second");
  });

  test("comes from gcloud, made out to the control API, as the operators' service account", async () => {
    const { variables, calls } = withGcloud("echo from-gcloud");
    expect(await tokenSource(prod, variables)()).toBe("from-gcloud");
    expect(calls()).toEqual([
      `auth print-identity-token --audiences=${AUDIENCE} --impersonate-service-account=${OPERATOR} --include-email`,
    ]);
  });

  test("comes from gcloud as the account that CLUSTERS_IMPERSONATE names", async () => {
    const { variables, calls } = withGcloud("echo from-gcloud");
    await tokenSource(prod, { ...variables, CLUSTERS_IMPERSONATE: "other@p.iam.gserviceaccount.com" })();
    expect(calls()[0]).toContain("--impersonate-service-account=other@p.iam.gserviceaccount.com --include-email");
  });

  test("comes from gcloud as whoever is logged in where no operator is a service account", async () => {
    const { variables, calls } = withGcloud("echo from-gcloud");
    const callers = { ...prod.resolution.callers, operators: ["somebody@example.org"] };
    await tokenSource({ ...prod, resolution: { ...prod.resolution, callers } }, variables)();
    expect(calls()).toEqual([`auth print-identity-token --audiences=${AUDIENCE}`]);
  });

  test("is asked for again only when it is about to expire", async () => {
    const { variables, calls } = withGcloud(`echo ${tokenUntil(3600)}`);
    const lasting = tokenSource(prod, variables);
    await lasting();
    await lasting();
    expect(calls()).toHaveLength(1);
    const brief = withGcloud(`echo ${tokenUntil(30)}`);
    const expiring = tokenSource(prod, brief.variables);
    await expiring();
    await expiring();
    expect(brief.calls()).toHaveLength(2);
  });
});

describe("a token that is kept", () => {
  test("is asked for once, however many requests want it at the same time", async () => {
    const { variables, calls } = withGcloud(`echo ${tokenUntil(3600)}`);
    const token = tokenSource(prod, variables);
    await Promise.all(Array.from({ length: 5 }, () => token()));
    expect(calls()).toHaveLength(1);
  });

  test("is asked for again when the control API has refused it, and only then", async () => {
    const { variables, calls } = withGcloud(`echo ${tokenUntil(3600)}`);
    const token = tokenSource(prod, variables);
    const first = await token();
    expect(await token("another")).toBe(first);
    expect(calls()).toHaveLength(1);
    await token(first);
    expect(calls()).toHaveLength(2);
  });

  test("is asked for again after a failure", async () => {
    const folder = tempDir();
    const command = `test -e ${folder}/there && echo ${tokenUntil(3600)}`;
    const token = tokenSource(prod, { PATH: "/usr/bin:/bin", CLUSTERS_TOKEN_COMMAND: command });
    await expect(token()).rejects.toThrow("CLUSTERS_TOKEN_COMMAND failed");
    writeFileSync(join(folder, "there"), "");
    expect(await token()).toMatch(/^e30\./);
  });
});

describe("on the local cloud the token", () => {
  const issue = () => Promise.resolve("from-issuer");

  test("comes from its issuer, and gcloud is not asked", async () => {
    const { variables, calls } = withGcloud("echo from-gcloud");
    expect(await tokenSource(sandbox, variables, issue)()).toBe("from-issuer");
    expect(calls()).toEqual([]);
  });

  test("is the one that the person gives, where they give one", async () => {
    expect(await tokenSource(sandbox, { CLUSTERS_TOKEN: "given" }, issue)()).toBe("given");
  });
});

describe("without a token the message says what to do", () => {
  const refused = async (variables: NodeJS.ProcessEnv) => {
    const error = await tokenSource(prod, variables)().catch((reason: Error) => reason);
    return error as Error;
  };

  test("when gcloud is not installed", async () => {
    const error = await refused({ PATH: tempDir() });
    expect(error.name).toBe("UsageError");
    expect(error.message).toMatch(/^gcloud is not installed.*install the Google Cloud CLI, or set CLUSTERS_TOKEN,/);
  });

  test("when gcloud fails", async () => {
    const { variables } = withGcloud("echo 'ERROR: you do not have permission' >&2; exit 1");
    const { message } = await refused(variables);
    expect(message).toContain('failed: ERROR: you do not have permission\nLog in with "gcloud auth login"');
  });

  test("when a command fails, or prints none", async () => {
    const { PATH } = process.env;
    expect((await refused({ PATH, CLUSTERS_TOKEN_COMMAND: "echo no >&2; exit 3" })).message).toBe(
      "CLUSTERS_TOKEN_COMMAND failed: no",
    );
    expect((await refused({ PATH, CLUSTERS_TOKEN_COMMAND: "true" })).message).toBe(
      "CLUSTERS_TOKEN_COMMAND gave no token",
    );
  });

  test("when the file is not there", async () => {
    expect((await refused({ CLUSTERS_TOKEN_FILE: "/nowhere/token" })).message).toMatch(/^CLUSTERS_TOKEN_FILE: ENOENT/);
  });
});

describe("the control API's address", () => {
  test("is the option's, then the variable's, then the environment's", () => {
    const variables = { CLUSTERS_API_URL: "https://b.example.org/" };
    expect(apiAddress(prod, "http://127.0.0.1:8080", variables)).toBe("http://127.0.0.1:8080");
    expect(apiAddress(prod, undefined, variables)).toBe("https://b.example.org");
    expect(apiAddress(prod, undefined, { CLUSTERS_API_URL: "" })).toBe(AUDIENCE);
  });

  test.each([
    ["resolution.example.org", /is no address such as https:/],
    ["ftp://resolution.example.org", /is no address such as https:/],
    ["https://user:secret@resolution.example.org", /^(?!.*secret).*: an address holds no name and password/],
    ["http://resolution.example.org", /would travel in the clear; give an https address/],
    ["http://127.0.0.1.example.org", /would travel in the clear/],
  ])("is refused: %s", (address, message) => {
    expect(() => apiAddress(prod, address, {})).toThrow(message);
    expect(() => apiAddress(prod, undefined, { CLUSTERS_API_URL: address })).toThrow(/^CLUSTERS_API_URL: /);
  });
});
