import { CloudDns } from "../../../../sandbox/cloud/dns";
import { exchange } from "../../../../sandbox/cloud/dns/exchange";
import { kdig } from "../../../services/support/kdig";
import { removeTempDirs } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { TestContext } from "../google-context";
import { putSet, putZone, RECORD_SET, setId, ZONE, ZONE_ID } from "./zone";

let context: TestContext;
let dns: CloudDns;

beforeEach(async () => {
  context = await TestContext.open();
  dns = new CloudDns(context, context);
  putZone(context.records);
});

afterEach(async () => {
  await dns.stop();
  await context.close();
});
afterAll(removeTempDirs);

async function look(name: string, type = "A"): Promise<string[]> {
  const { host: address, port } = dns.endpoint;
  return await kdig({ address, port }, name, type);
}

async function serial(): Promise<number> {
  const { answers = [] } = await exchange(dns.endpoint, { name: "sandbox.test", type: "SOA" }, 2_000);
  const [soa] = answers;
  if (soa?.type !== "SOA") throw new Error("no SOA record");
  return soa.data.serial ?? 0;
}

const settle = async (name: string, type: string) => await context.settled(dns, RECORD_SET, setId(name, type));

describe("Cloud DNS", () => {
  it("serves what is recorded, and changes and deletions of it, without a restart", async () => {
    const id = putSet(context.records, "api.sandbox.test.", "A", ["192.0.2.1"]);
    await settle("api.sandbox.test.", "A");
    const [pid] = dns.units().flatMap(({ pids }) => pids);
    const first = await serial();
    expect(await look("api.sandbox.test")).toEqual(["192.0.2.1"]);
    putSet(context.records, "api.sandbox.test.", "A", ["192.0.2.2"]);
    putSet(context.records, "api.sandbox.test.", "CAA", ['0 issue "pki.goog"']);
    putSet(context.records, "text.sandbox.test.", "TXT", ['"one two" "three"']);
    await settle("api.sandbox.test.", "CAA");
    expect(await look("api.sandbox.test")).toEqual(["192.0.2.2"]);
    expect(await look("api.sandbox.test", "CAA")).toEqual([expect.stringMatching(/^0 issue "pki\.goog" ?$/)]);
    expect(await look("text.sandbox.test", "TXT")).toEqual(['"one two" "three"']);
    const second = await serial();
    expect(second).toBeGreaterThan(first);
    context.records.remove(RECORD_SET, id);
    await settle("api.sandbox.test.", "A");
    expect(await look("api.sandbox.test")).toEqual([]);
    expect(await serial()).toBeGreaterThan(second);
    expect(dns.units()).toMatchObject([{ name: "parent", kind: "zone", healthy: true, pids: [pid] }]);
  });

  it("keeps the serial over restarts where nothing has changed", async () => {
    await context.settled(dns, ZONE, ZONE_ID);
    const before = await serial();
    await dns.stop();
    dns = new CloudDns(context, context);
    await context.settled(dns, ZONE, ZONE_ID);
    expect(await serial()).toBe(before);
  });

  it("starts Knot again when it has died", async () => {
    await context.settled(dns, ZONE, ZONE_ID);
    const [pid = 0] = dns.units()[0]?.pids ?? [];
    process.kill(pid, "SIGKILL");
    await until("a call of the controllers", () => context.wakes > 0);
    await dns.reconcile(context.records);
    await until("the zone", async () => (await serial().catch(() => 0)) === 1);
    expect(dns.units()[0]?.pids).not.toEqual([pid]);
  });

  it("is dead while a fault says so", async () => {
    await context.settled(dns, ZONE, ZONE_ID);
    context.injected = { down: ["parent"], partitioned: [] };
    await dns.reconcile(context.records);
    await dns.reconcile(context.records);
    expect(dns.units()).toMatchObject([{ name: "parent", healthy: false, trouble: "down by a fault", pids: [] }]);
    await expect(serial()).rejects.toThrow();
    context.injected = { down: [], partitioned: [] };
    await context.settled(dns, ZONE, ZONE_ID);
    expect(await serial()).toBe(1);
  });

  it("goes on serving the old zone where Knot does not take the new one, and says why", async () => {
    putSet(context.records, "api.sandbox.test.", "A", ["192.0.2.1"]);
    await settle("api.sandbox.test.", "A");
    putSet(context.records, "host.sandbox.test.", "SSHFP", ["nonsense"]);
    await expect(settle("host.sandbox.test.", "SSHFP")).rejects.toThrow(/error in zone.*line \d+/);
    expect(await look("api.sandbox.test")).toEqual(["192.0.2.1"]);
  });

  it("fails the update of a record set that it does not emulate", async () => {
    putSet(context.records, "a.sandbox.test.", "ALIAS", ["b.example."]);
    await expect(settle("a.sandbox.test.", "ALIAS")).rejects.toThrow(/not emulated/);
  });

  it("leaves nothing running once no zone is recorded", async () => {
    await context.settled(dns, ZONE, ZONE_ID);
    context.records.remove(ZONE, ZONE_ID);
    await context.settled(dns, ZONE, ZONE_ID);
    expect(dns.units()).toEqual([]);
    await expect(serial()).rejects.toThrow();
  });
});
