import { join } from "node:path";
import { readEnvironmentFile } from "../../config";
import { inventoryOf } from "../../docs/inventory";
import { codeBlocks, prose, readPage, ROOT } from "./pages";

// The program runs once per stack, which takes seconds on a busy machine.
jest.setTimeout(60_000);

const page = readPage("docs/google-cloud-from-zero.md");

/** The rows of the table of APIs: the module of the gcp package, its API, the roles. */
const rows = [...prose(page).matchAll(/^\| `([a-z]+)` \| `([a-z.]+\.googleapis\.com)` \| (.*) \|$/gm)].map(
  ([, module = "", api = "", roles = ""]) => ({ module, api, roles: roles.match(/roles\/[\w.]+/g) ?? [] }),
);

const shell = codeBlocks(page)
  .filter(({ language }) => language === "sh")
  .map(({ lines }) => lines.join("\n"));

function blockWith(text: string): string {
  const found = shell.filter((block) => block.includes(text));
  expect(found).toHaveLength(1);
  return found[0] ?? "";
}

describe("the way to Google Cloud from zero", () => {
  it("has an API for every module of the gcp package that the program uses, and for no other", async () => {
    const environment = readEnvironmentFile(join(ROOT, "Pulumi.prod.yaml"));
    const stacks = [undefined, ...Object.keys(environment.clusters)];
    const modules = new Set<string>();
    for (const stack of stacks) {
      for (const { type } of await inventoryOf(environment, stack)) {
        const [, module] = /^gcp:(\w+)\//.exec(type) ?? [];
        if (module !== undefined) modules.add(module);
      }
    }
    expect(rows.map(({ module }) => module).sort()).toEqual([...modules].sort());
  });

  it("enables the APIs that it explains, each once", () => {
    const explained = prose(page).match(/[a-z]+\.googleapis\.com/g) ?? [];
    const enabled = blockWith("gcloud services enable").match(/[a-z]+\.googleapis\.com/g) ?? [];
    expect([...enabled].sort()).toEqual([...new Set(explained)].sort());
  });

  it("grants the deploy identity the roles of the table", () => {
    const block = blockWith("serviceAccount:$DEPLOY --role roles/$role");
    const [, list = ""] = /for role in ([\s\S]*?); do/.exec(block) ?? [];
    const inProject = list
      .replace(/\\\n/g, " ")
      .trim()
      .split(/\s+/)
      .map((role) => `roles/${role}`);
    const expected = rows.filter(({ module }) => module !== "artifactregistry").flatMap(({ roles }) => roles);
    expect(inProject.sort()).toEqual(expected.sort());
    expect(block).toContain("--role roles/artifactregistry.admin");
  });

  it("grants the preview identity nothing that changes anything", () => {
    const granted = blockWith("serviceAccount:$PREVIEW --role $role").match(/roles\/[\w.]+/g) ?? [];
    expect(granted.length).toBeGreaterThan(0);
    expect(granted.filter((role) => !/\.(viewer|objectViewer|cryptoKeyDecrypter)$/.test(role))).toEqual([]);
  });

  it("names the variables that the workflows read", () => {
    const documented = [...prose(page).matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);
    const read = ["preview", "deploy"].flatMap((name) => [
      ...readPage(`.github/workflows/${name}.yml`).text.matchAll(/\$\{\{ vars\.(\w+) \}\}/g),
    ]);
    expect(new Set(documented)).toEqual(new Set(read.map(([, name]) => name)));
  });
});
