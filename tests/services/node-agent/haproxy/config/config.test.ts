/** The configuration as text: whole, the same for the same input, without complaint of HAProxy's, and closed to foreign words. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { edgeConfig } from "../../../../../services/node-agent/haproxy/config";
import { filesIn } from "../../../../../services/node-agent/haproxy/files";
import type { EdgeSettings, Member, Sibling } from "../../../../../services/node-agent/haproxy/settings";
import { removeTempDirs } from "../../../../support/temp-dir";
import { check, settingsOf } from "./edge";

let settings: EdgeSettings;
beforeEach(async () => (settings = await settingsOf({ hostPort: 8090, siblingPort: 80 })));
afterEach(removeTempDirs);

const siblings: Sibling[] = ["pro", "max-2"].map((name, index) => ({
  name,
  hostingAddress: `127.0.0.${index + 2}`,
  workspaceAddress: `127.0.1.${index + 2}`,
}));
const members: Member[] = ["vm-a", "vm-b", "vm-c"].map((name, index) => ({ name, address: `127.1.0.${index}` }));

function checked(config: string): ReturnType<typeof check> {
  const files = filesIn(settings.directory);
  mkdirSync(dirname(files.maps.domains.base), { recursive: true });
  for (const { base, recent } of Object.values(files.maps)) for (const path of [base, recent]) writeFileSync(path, "");
  writeFileSync(files.config, config);
  return check(files.config);
}

test.each([
  ["nothing around it", 0, 0],
  ["siblings and members", 2, 3],
])("HAProxy takes it without a warning, with %s", (_, siblingCount, memberCount) => {
  const config = edgeConfig(settings, siblings.slice(0, siblingCount), members.slice(0, memberCount));
  expect(checked(config)).toEqual({ status: 0, output: "Configuration file is valid\n" });
});

test.each(["with load balancers' headers", "with one thread"])("HAProxy takes it %s", (which) => {
  const changed = which.endsWith("headers") ? { acceptProxyHeader: true } : { threads: 1 };
  expect(checked(edgeConfig({ ...settings, ...changed }, siblings, members)).status).toBe(0);
});

test("HAProxy takes whatever a key is made of, and no key stands in it as it is", () => {
  const odd = `a'b"c\\d$HOME e#f%[src]{g},(h)\n\u00fc`;
  const config = edgeConfig({ ...settings, hopKeys: [odd, "x"], workspaceTokenKeys: [odd] }, siblings, members);
  expect(checked(config)).toMatchObject({ status: 0 });
  expect(config).not.toContain("$HOME");
});

test("the order of siblings and members makes no difference", () => {
  const config = edgeConfig(settings, siblings, members);
  expect(edgeConfig(settings, [...siblings].reverse(), [...members].reverse())).toBe(config);
});

test.each<[string, Partial<EdgeSettings>]>([
  ["cluster", { cluster: "free\n    bind :1" }],
  ["zone", { zone: "example.com'" }],
  ["zone", { zone: "Example.com" }],
  ["directory", { directory: "/tmp/a b" }],
  ["directory", { directory: "/tmp/a),map(/etc/passwd" }],
  ["bindAddress", { bindAddress: "localhost" }],
  ["hopKeys", { hopKeys: [] }],
  ["hopKeys", { hopKeys: [""] }],
  ["workspaceTokenKeys", { workspaceTokenKeys: [] }],
])("%s that could mean something else is refused by its name", (name, changed) => {
  expect(() => edgeConfig({ ...settings, ...changed }, siblings, members)).toThrow(new RegExp(`^${name} `));
});

test.each<[string, Sibling | undefined, Member | undefined]>([
  ["sibling", { name: "a b", hostingAddress: "127.0.0.1", workspaceAddress: "127.0.0.1" }, undefined],
  [
    "hosting address of pro",
    { name: "pro", hostingAddress: "pro.example.com", workspaceAddress: "127.0.0.1" },
    undefined,
  ],
  ["member", undefined, { name: "vm;1", address: "127.0.0.1" }],
  ["address of vm-1", undefined, { name: "vm-1", address: "127.0.0.1:22" }],
])("%s that could mean something else is refused by its name", (name, sibling, member) => {
  const make = () => edgeConfig(settings, sibling ? [sibling] : [], member ? [member] : []);
  expect(make).toThrow(new RegExp(`^${name} `));
});
