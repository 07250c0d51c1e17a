/** What is removed with a local cloud beside its directory. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cloudDnsFiles } from "../../../sandbox/cloud/dns/knot";
import { balancersFolder } from "../../../sandbox/cloud/load-balancers/folder";
import { ShortPaths } from "../../../sandbox/cloud/machines/short-paths";
import { removeRemains } from "../../../sandbox/cloud/remains";
import { removeTempDirs, tempDir } from "../../support/temp-dir";

afterAll(removeTempDirs);

/** Too deep for sockets. */
function deepDirectory(): string {
  const directory = join(tempDir(), ...Array.from({ length: 6 }, () => "a-folder-with-a-long-name"));
  mkdirSync(directory, { recursive: true });
  return directory;
}

test("nothing of a local cloud is left elsewhere", () => {
  const directory = deepDirectory();
  const links = [directory, balancersFolder(directory)].map((folder) => new ShortPaths(folder).of(join(folder, "vm")));
  const { socket } = cloudDnsFiles(directory);
  expect(dirname(socket)).not.toContain(directory);
  writeFileSync(socket, "");
  const data = tempDir();
  mkdirSync(join(directory, "sql", "store"), { recursive: true });
  writeFileSync(join(directory, "sql", "store", "location"), `${data}\n`);
  removeRemains(directory);
  expect([...links.map(dirname), socket, data].filter((path) => existsSync(path))).toEqual([]);
});

test("where nothing is left, nothing happens", () => {
  const directory = deepDirectory();
  removeRemains(directory);
  removeRemains(directory);
  expect(existsSync(directory)).toBe(true);
});
