import { readFileSync } from "node:fs";
import { join } from "node:path";
import { minVersion } from "semver";
import { BUILT_ENGINE, FITTING_VERSIONS } from "../../deploy/engine";

const tools = join(__dirname, "../../tools");
const script = readFileSync(join(tools, "engine.sh"), "utf8");
const modules = readFileSync(join(tools, "go.mod"), "utf8");

it("looks for the engine that tools/go.mod pins", () => {
  const [, pinned] = /^require github\.com\/pulumi\/pulumi\/pkg\/v3 (\S+)$/m.exec(modules) ?? [];
  expect(BUILT_ENGINE).toBe(`engine-${pinned}`);
});

it("accepts the versions that tools/engine.sh accepts, from that of the SDK on", () => {
  const [, oldest] = /^oldest=(\S+)$/m.exec(script) ?? [];
  expect(minVersion(FITTING_VERSIONS)?.version).toBe(oldest);
  const { dependencies } = JSON.parse(readFileSync(join(tools, "../package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  expect(dependencies["@pulumi/pulumi"]).toBe(oldest);
});
