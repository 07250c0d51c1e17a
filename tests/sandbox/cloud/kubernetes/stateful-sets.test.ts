import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../support/temp-dir";
import { ENDPOINT, GKE_NAME, NAMESPACE, TYPES } from "./support/cluster";
import { cluster, stopClusters } from "./support/clusters";
import { deployment, statefulSet } from "./support/objects";

afterEach(stopClusters);

describe("a StatefulSet", () => {
  it("starts what comes after a sidecar once that has started, and ends it before", async () => {
    const test = cluster();
    test.machines.status = ({ name }) => (name === "agent" ? 503 : 200);
    test.records.put(TYPES.statefulSet, "dns", statefulSet({ replicas: 1 }));
    await test.reason(TYPES.statefulSet, "dns", /pod dns-0: container agent: startup probe: GET \/healthz/);
    expect(test.machines.events).toEqual(["start dns-0/agent"]);
    test.machines.status = () => 200;
    await test.settled(TYPES.statefulSet, "dns");
    test.records.remove(TYPES.statefulSet, `${NAMESPACE}/dns`);
    await test.reconciled("it has gone", () => test.pods().length === 0);
    expect(test.machines.events).toEqual([
      "start dns-0/agent",
      "start dns-0/server",
      "stop dns-0/server",
      "stop dns-0/agent",
    ]);
  });

  it("replaces pods from the highest ordinal down, with their claims kept and everything else new", async () => {
    const test = cluster();
    test.records.put(TYPES.statefulSet, "dns", statefulSet());
    await test.settled(TYPES.statefulSet, "dns");
    expect(test.podNames).toEqual(["dns-0", "dns-1"]);
    const mounts = () => test.machines.of("dns-1").spec.containers[0]!.mounts;
    writeFileSync(join(mounts()["/var/lib/server"]!, "zone"), "kept");
    writeFileSync(join(mounts()["/run/server"]!, "socket"), "gone");
    test.machines.events.length = 0;
    test.records.put(TYPES.statefulSet, "dns", statefulSet({ container: { args: ["--new"] } }));
    const fewest = { ready: 2 };
    await test.settled(TYPES.statefulSet, "dns", () => {
      fewest.ready = Math.min(
        fewest.ready,
        test.pods().filter(({ ready, terminating }) => ready && !terminating).length,
      );
    });
    expect(fewest.ready).toBe(1);
    expect(test.machines.events.filter((event) => event.endsWith("server"))).toEqual([
      "stop dns-1/server",
      "start dns-1/server",
      "stop dns-0/server",
      "start dns-0/server",
    ]);
    expect(readFileSync(join(mounts()["/var/lib/server"]!, "zone"), "utf8")).toBe("kept");
    expect(existsSync(join(mounts()["/run/server"]!, "socket"))).toBe(false);
  });

  it("removes claims as it declares: those of ordinals that went, and all when it is deleted", async () => {
    const test = cluster();
    const claims = join(test.directory, "volumes", GKE_NAME, NAMESPACE);
    test.records.put(TYPES.statefulSet, "dns", statefulSet());
    await test.settled(TYPES.statefulSet, "dns");
    expect(readdirSync(claims).sort()).toEqual(["state-dns-0", "state-dns-1"]);
    test.records.put(TYPES.statefulSet, "dns", statefulSet({ replicas: 1 }));
    await test.reconciled("the second claim has gone", () => readdirSync(claims).length === 1);
    expect(readdirSync(claims)).toEqual(["state-dns-0"]);
    test.records.remove(TYPES.statefulSet, `${NAMESPACE}/dns`);
    await test.reconciled("the first claim has gone", () => readdirSync(claims).length === 0);
  });

  it("has its pods again under the same names and addresses after the local cloud was started anew", async () => {
    const directory = tempDir();
    const first = cluster(directory);
    first.records.put(TYPES.statefulSet, "dns", statefulSet());
    first.records.put(TYPES.deployment, "api", deployment());
    await first.settled(TYPES.statefulSet, "dns");
    await first.settled(TYPES.deployment, "api");
    const before = first.pods().map(({ name, address }) => ({ name, address }));
    await first.workloads.stop();
    expect(first.machines.made.every(({ stopped }) => stopped)).toBe(true);
    const second = cluster(directory, first.records, first.network);
    await second.settled(TYPES.statefulSet, "dns");
    await second.settled(TYPES.deployment, "api");
    expect(second.pods().map(({ name, address }) => ({ name, address }))).toEqual(before);
  });

  it("ends with its namespace, whose claims go whatever it declares", async () => {
    const test = cluster();
    const retain = { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" } };
    test.records.put(TYPES.statefulSet, "dns", statefulSet({ replicas: 1, spec: retain }));
    await test.settled(TYPES.statefulSet, "dns");
    test.records.remove(TYPES.statefulSet, `${NAMESPACE}/dns`);
    await test.settled(TYPES.statefulSet, "dns");
    const claim = join(test.directory, "volumes", GKE_NAME, NAMESPACE, "state-dns-0");
    expect(existsSync(claim)).toBe(true);
    test.records.put(TYPES.statefulSet, "dns", statefulSet({ replicas: 1, spec: retain }));
    await test.settled(TYPES.statefulSet, "dns");
    test.records.remove(TYPES.namespace, NAMESPACE);
    const namespace = () =>
      test.workloads.standing({ scope: `kubernetes/${ENDPOINT}`, type: TYPES.namespace, id: NAMESPACE }).is;
    expect(namespace()).toBe("pending");
    await test.reconciled("the claim has gone", () => !existsSync(claim));
    expect(namespace()).toBe("settled");
  });
});

it("removes folders of pods that a crash has left behind", async () => {
  const test = cluster();
  const left = join(test.directory, "pods", "0badc0de");
  mkdirSync(left, { recursive: true });
  await test.workloads.reconcile(test.records);
  expect(existsSync(left)).toBe(false);
});
