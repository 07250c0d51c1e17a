import { HeldFaults } from "../../../cli/drill/faults";
import { ofCluster } from "../../../cli/drill/targets";
import { NO_FAULTS, type Faults, type Unit } from "../../../sandbox/cloud/controller";
import { until } from "../../support/until";

function unit(name: string, failureDomain: string): Unit {
  const usual = {
    kind: "vm",
    role: "http-serving",
    region: "r",
    address: "127.20.64.1",
    healthy: true,
    pids: [],
  } as const;
  return { ...usual, name, failureDomain };
}

class FakeCloud {
  running = [unit("free-1", "free"), unit("hackers-1", "hackers")];
  readonly set: Faults[] = [];

  units(): Promise<Unit[]> {
    return Promise.resolve(this.running);
  }

  faults(): Promise<Faults> {
    return Promise.resolve(this.set.at(-1) ?? NO_FAULTS);
  }

  setFaults(faults: Faults): Promise<void> {
    this.set.push(faults);
    return Promise.resolve();
  }
}

test("what comes up in place of what is down is taken down, too, until the faults are lifted", async () => {
  const cloud = new FakeCloud();
  const faults = new HeldFaults(cloud);
  await faults.kill(ofCluster("free"));
  expect(cloud.set).toEqual([{ down: ["free-1"], partitioned: [] }]);
  cloud.running.push(unit("free-2", "free"), unit("hackers-2", "hackers"));
  await until("the new machine to be down", () => cloud.set.at(-1)?.down.includes("free-2"));
  expect(cloud.set.at(-1)).toEqual({ down: ["free-1", "free-2"], partitioned: [] });
  await faults.lift();
  expect(cloud.set.at(-1)).toEqual(NO_FAULTS);
});

test("a cluster is cut off until the faults are lifted", async () => {
  const cloud = new FakeCloud();
  const faults = new HeldFaults(cloud);
  await faults.partition("free");
  await faults.lift();
  expect(cloud.set).toEqual([{ down: [], partitioned: ["free"] }, NO_FAULTS]);
});

test("nothing to kill is a drill that cannot be carried out", async () => {
  const cloud = new FakeCloud();
  await expect(new HeldFaults(cloud).kill(ofCluster("nowhere"))).rejects.toThrow("nothing that runs");
  expect(cloud.set).toEqual([]);
});

test("lifting what was never broken changes nothing", async () => {
  const cloud = new FakeCloud();
  await new HeldFaults(cloud).lift();
  expect(cloud.set).toEqual([]);
});
