import { once } from "node:events";
import { createServer } from "node:net";
import { LocalNetwork } from "../../../sandbox/cloud/local-network";
import { removeTempDirs, tempDir } from "../../support/temp-dir";

const open: LocalNetwork[] = [];
async function network(directory: string): Promise<LocalNetwork> {
  const opened = await LocalNetwork.open(directory);
  open.push(opened);
  return opened;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((opened) => opened.close()));
});
afterAll(removeTempDirs);

test("every owner has an address of its own, and keeps it over a restart", async () => {
  const directory = tempDir();
  const first = await network(directory);
  const addresses = Array.from({ length: 500 }, (_, index) => first.claim(`vm-${index}`));
  expect(new Set(addresses).size).toBe(500);
  await first.close();
  open.pop();
  const second = await network(directory);
  expect(second.range).toBe(first.range);
  expect(addresses.map((_, index) => second.claim(`vm-${index}`))).toEqual(addresses);
});

test("an address that was given back can be had again", async () => {
  const { claim, release } = bound(await network(tempDir()));
  const address = claim("vm");
  release("vm");
  release("vm");
  expect(claim("vm")).toBe(address);
});

test("addresses are real: one can listen there, at the port that the stack says or the one it was moved to", async () => {
  const opened = await network(tempDir());
  const server = createServer().listen(opened.port(80), opened.claim("load balancer"));
  await once(server, "listening");
  server.close();
  expect(opened.port(8080)).toBe(8080);
});

test("two directories have different ranges, and one directory is used once at a time", async () => {
  const [a, b] = [tempDir(), tempDir()];
  const first = await network(a);
  expect((await network(b)).range).not.toBe(first.range);
  await expect(LocalNetwork.open(a)).rejects.toThrow(/in use: another local cloud runs in/);
});

function bound(opened: LocalNetwork) {
  return { claim: (owner: string) => opened.claim(owner), release: (owner: string) => opened.release(owner) };
}
