/** Builds the images of this checkout, for real. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LocalRegistry } from "../../../../sandbox/cloud/registry/local-registry";
import { IMAGES } from "../../../../sandbox/cloud/registry/programs";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";
import { SILENT } from "../support";

const ROOT = join(__dirname, "..", "..", "..", "..");
const REGISTRY = "europe-docker.pkg.dev/acme/platform";
let directory: string;
let registry: LocalRegistry;
const said: string[] = [];
const log = { ...SILENT, info: (_: object, message: string) => void said.push(message) };

beforeAll(async () => {
  directory = tempDir();
  registry = new LocalRegistry({ directory, log });
  // Of an older checkout.
  mkdirSync(join(directory, "registry", "dev", "0123456789abcdef"), { recursive: true });
  await registry.prepare();
});

afterAll(removeTempDirs);

describe("the registry", () => {
  it("has built each image once, and has none of older sources any more", () => {
    expect(said).toEqual(["built the images"]);
    const builds = readdirSync(join(directory, "registry", "dev"));
    expect(builds).toHaveLength(1);
    expect(readdirSync(join(directory, "registry", "dev", builds[0] ?? "")).sort()).toEqual([...IMAGES].sort());
  });

  it("builds nothing again while the sources are the same", async () => {
    await new LocalRegistry({ directory, log }).prepare();
    expect(said).toEqual(["built the images"]);
  });

  it.each(["control-api", "node-agent", "container-host"])("runs %s as its image does", async (image) => {
    const program = await registry.pull(`${REGISTRY}/${image}:dev`);
    expect(program).toMatchObject({ executable: process.execPath, isNode: true });
    expect(program.environment.NODE_ENV).toBe("production");
    expect(program.args).toEqual([join(program.directory, "main.js")]);
    expect(existsSync(program.args[0] ?? "")).toBe(true);
  });

  it("has what the control API reads beside itself", async () => {
    const { directory } = await registry.pull(`${REGISTRY}/control-api:dev`);
    expect(readdirSync(join(directory, "migrations"))).toEqual(
      readdirSync(join(ROOT, "services", "resolution", "store", "migrations")),
    );
  });

  it("runs an edge by its entry point, a copy that nobody edits", async () => {
    const { executable, args } = await registry.pull(`${REGISTRY}/edge:dev`);
    expect(args).toEqual([]);
    expect(readFileSync(executable)).toEqual(readFileSync(join(ROOT, "services", "edge", "entrypoint.sh")));
    expect(statSync(executable).mode & 0o111).toBe(0o111);
  });

  it("runs Knot as its image does where a pod says nothing", async () => {
    const dockerfile = readFileSync(join(ROOT, "services", "knot", "Dockerfile"), "utf8");
    const { executable, defaultArgs } = await registry.pull(`${REGISTRY}/knot:dev`);
    expect(dockerfile).toContain(`ENTRYPOINT ["/usr/sbin/${executable}"]`);
    expect(dockerfile).toContain(`CMD ${JSON.stringify(defaultArgs).replace(",", ", ")}`);
  });

  it("has a broken release of every image", async () => {
    const { executable, args } = await registry.pull(`${REGISTRY}/edge:broken`);
    expect(() => execFileSync(executable, args, { stdio: "pipe" })).toThrow("edge: this release is broken on purpose");
  });

  it.each([
    ["edge:v1", "image edge:v1 cannot be pulled: the sandbox builds `dev` from this checkout"],
    ["edge", "image edge cannot be pulled: the sandbox knows images by name and tag"],
    ["redis:dev", /^image redis:dev cannot be pulled: the sandbox builds control-api, .*knot from this checkout$/],
  ])("refuses what it has not: %s", async (reference, message) => {
    await expect(registry.pull(reference)).rejects.toThrow(message);
  });

  it("gives its build other tags when it is told of them", async () => {
    registry.addTag("v2");
    expect(await new LocalRegistry({ directory, log }).pull("edge:v2")).toEqual(await registry.pull("edge:dev"));
    expect(() => registry.addTag("../v3")).toThrow('"../v3" is no image tag');
  });

  it("rejects with what does not compile, and tries again the next time", async () => {
    const root = tempDir();
    for (const folder of ["services", "config", "tools"]) mkdirSync(join(root, folder));
    for (const file of ["package-lock.json", "tools/bundle.ts", "tools/images.ts"]) writeFileSync(join(root, file), "");
    // No entry point of an edge is there.
    const broken = new LocalRegistry({ directory: tempDir(), log, root });
    await expect(broken.prepare()).rejects.toThrow(/entrypoint\.sh/);
    await expect(broken.pull("edge:dev")).rejects.toThrow(/entrypoint\.sh/);
  });
});
