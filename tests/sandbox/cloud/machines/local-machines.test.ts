/** Machines with containers that are small shell scripts. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { NO_FAULTS, type Faults } from "../../../../sandbox/cloud/controller";
import { LocalMachines } from "../../../../sandbox/cloud/machines/local-machines";
import type { ContainerSpec, ContainerState, Machine, MachineSpec } from "../../../../sandbox/cloud/machine";
import { Processes } from "../../../../sandbox/cloud/processes/processes";
import { readProcess } from "../../../../sandbox/cloud/processes/process-table";
import { brokenProgram, type Program } from "../../../../sandbox/cloud/registry/programs";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { SILENT } from "../support";
import { TestNetwork } from "./support/test-network";

const PATH = process.env.PATH ?? "";
const network = new TestNetwork();
const identities = {
  metadataHost: () => "127.0.0.1:1",
  endpoints: { issuer: "http://a", jwks: "http://b", compute: "http://c", secretManager: "http://d" },
};

let directory: string;
let processes: Processes;
let machines: LocalMachines;
let faults: Faults;
let wakes: number;

beforeEach(() => {
  directory = tempDir();
  processes = new Processes({ directory, log: SILENT });
  faults = NO_FAULTS;
  wakes = 0;
  machines = machinesIn(directory);
});

afterEach(async () => {
  await machines.powerOff();
  await processes.stop();
  removeTempDirs();
});

/** Images are shell scripts: `sh/<script>:dev`; `missing:dev` there is not. */
function machinesIn(directory: string): LocalMachines {
  return new LocalMachines({
    directory,
    network,
    log: SILENT,
    processes,
    registry: {
      pull: (image) => {
        if (image === "broken:dev") return Promise.resolve(brokenProgram("edge"));
        if (image !== "sh:dev") return Promise.reject(new Error(`image ${image} cannot be pulled: there is none`));
        return Promise.resolve(shellProgram());
      },
    },
    identities,
    authorityFile: join(directory, "authority.pem"),
    faults: () => faults,
    wake: () => wakes++,
  });
}

function shellProgram(): Program {
  const environment = { PATH, FROM: "the image" };
  return { image: "sh", executable: "sh", args: ["-c"], defaultArgs: [], environment, directory, isNode: false };
}

function container(script: string, changes: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    name: "main",
    image: "sh:dev",
    args: [script],
    environment: {},
    mounts: {},
    stopTimeoutSeconds: 5,
    restartSeconds: 0,
    ...changes,
  };
}

function spec(containers: readonly ContainerSpec[], changes: Partial<MachineSpec> = {}): MachineSpec {
  return {
    name: "free/vm-x3k9",
    hostname: "vm-x3k9",
    kind: "vm",
    failureDomain: "free",
    role: "http-serving",
    region: "europe-west1",
    address: network.claim("vm-x3k9"),
    serviceAccount: "",
    containers,
    ...changes,
  };
}

/** Creates it and starts all containers. */
function started(containers: readonly ContainerSpec[], changes: Partial<MachineSpec> = {}): Machine {
  const machine = machines.create(spec(containers, changes));
  for (const { name } of containers) machine.start(name);
  return machine;
}

function state(machine: Machine, name = "main"): ContainerState {
  const found = machine.containers.find((container) => container.name === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}

async function running(machine: Machine, name = "main"): Promise<number> {
  return await until(`${name} running`, () => state(machine, name).pid);
}

function runs(pid: number): boolean {
  return readProcess(pid)?.isZombie === false;
}

function logOf(name = "main"): string {
  const path = join(directory, "logs", "free", "vm-x3k9", `${name}.log`);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

const FOREVER = "echo up; exec sleep 1000";

describe("a container of a machine", () => {
  it("does nothing before it is started, and once it is, says since when it runs", async () => {
    const machine = machines.create(spec([container(FOREVER)]));
    expect(machine.containers).toEqual([{ name: "main", state: "waiting", restarts: 0 }]);
    machine.start("main");
    machine.start("main");
    const pid = await running(machine);
    expect(state(machine)).toMatchObject({ state: "running", pid, restarts: 0 });
    expect(state(machine).startedAt).toBeGreaterThan(Date.now() - 60_000);
    expect(wakes).toBeGreaterThan(0);
  });

  it("has its own environment, the image's and the machine's name, and paths where its volumes are", async () => {
    const data = join(directory, "data");
    mkdirSync(data);
    const environment = { DATA: "/var/lib/data/file", NAME: "own" };
    const machine = started([container("env; exec sleep 1000", { environment, mounts: { "/var/lib/data": data } })]);
    await running(machine);
    const lines = await until("its environment", () => logOf().includes("NAME=own") && logOf().split("\n"));
    expect(lines).toEqual(
      expect.arrayContaining([`DATA=${data}/file`, "NAME=own", "FROM=the image", "HOSTNAME=vm-x3k9"]),
    );
    expect(lines.filter((line) => line.startsWith("HOME="))).toEqual([]);
  });

  it("is started again when it ends, and tells why it ended", async () => {
    const machine = started([container("echo no key; exit 3")]);
    await until("starts again", () => state(machine).restarts >= 2);
    expect(state(machine).trouble).toBe("ended with code 3: no key");
  });

  it("of a broken release ends again and again", async () => {
    const machine = started([container("", { image: "broken:dev", args: [] })]);
    await until("starts again", () => state(machine).restarts >= 1);
    expect(state(machine).trouble).toMatch(/^ended with code 1: edge: this release is broken/);
  });

  it("waits longer and longer in a pod", async () => {
    const machine = started([container("exit 0", { restartSeconds: 0.05 })], { kind: "pod" });
    const times: number[] = [];
    await until("three starts", () => {
      const { startedAt = 0 } = state(machine);
      if (startedAt !== times.at(-1) && startedAt > 0) times.push(startedAt);
      return times.length === 4;
    });
    const [first = 0, , third = 0, fourth = 0] = times;
    expect(third - first).toBeGreaterThanOrEqual(200);
    expect(fourth - third).toBeGreaterThanOrEqual(200);
  });

  it("whose image cannot be pulled says so, and is tried again", async () => {
    const machine = started([container("", { image: "missing:dev" })]);
    await until("trouble", () => state(machine).trouble !== undefined);
    expect(state(machine)).toEqual({
      name: "main",
      state: "waiting",
      restarts: 0,
      trouble: "image missing:dev cannot be pulled: there is none",
    });
  });

  it("whose volume does not exist says so, and starts once it does", async () => {
    const data = join(directory, "data");
    const machine = started([container(FOREVER, { mounts: { "/data": data } })]);
    await until("trouble", () => state(machine).trouble !== undefined);
    expect(state(machine).trouble).toBe(`/data cannot be mounted: ${data} does not exist`);
    mkdirSync(data);
    await running(machine);
  });

  it("gets a short way to a volume whose path leaves no room for sockets", async () => {
    const data = join(directory, "a-folder-with-a-long-name".repeat(4));
    mkdirSync(data);
    const script = 'echo "$DATA"; echo written > "$DATA/file"; exec sleep 1000';
    const machine = started([container(script, { environment: { DATA: "/data" }, mounts: { "/data": data } })]);
    await running(machine);
    await until("a file", () => existsSync(join(data, "file")));
    const path = logOf().trim();
    expect(path.length).toBeLessThanOrEqual(60);
    expect(existsSync(path)).toBe(true);
    await machine.stop();
    expect(existsSync(path)).toBe(false);
    expect(existsSync(dirname(path))).toBe(true);
    await machines.powerOff();
    expect(existsSync(dirname(path))).toBe(false);
  });

  it("that is restarted is asked to end, and starts again", async () => {
    const machine = started([container("trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done")]);
    const pid = await running(machine);
    await until("the trap", () => logOf() !== "");
    await machine.restart("main");
    expect(runs(pid)).toBe(false);
    await until("another process", () => state(machine).restarts === 1);
    expect(state(machine).trouble).toBe("ended with code 7: up");
  });
});

describe("a machine", () => {
  it("refuses a path that is in no volume, a name that is no folder's, and two of one name", () => {
    const lost = container("", { environment: { KNOT_CONFIG: "/foo" } });
    expect(() => machines.create(spec([lost]))).toThrow("container main: KNOT_CONFIG=/foo is in no volume");
    const lostArgument = container("/foo");
    expect(() => machines.create(spec([lostArgument]))).toThrow("container main: /foo is in no volume");
    expect(() => machines.create(spec([], { name: "free/../hackers" }))).toThrow("is no name of a machine");
    expect(() => machines.create(spec([container(""), container("")]))).toThrow("two containers of one name");
    machines.create(spec([]));
    expect(() => machines.create(spec([]))).toThrow("machine free/vm-x3k9 exists already");
  });

  it("loses its power with all others, without a word, and no other is made", async () => {
    const deaf = started([
      container("trap '' TERM; echo up; while :; do sleep 0.01; done", { stopTimeoutSeconds: 1000 }),
    ]);
    const other = started([container("exec sleep 1000")], { name: "free/vm-y4l0" });
    const pids = [await running(deaf), await running(other)];
    await until("the trap", () => logOf() !== "");
    await machines.powerOff();
    expect(pids.filter(runs)).toEqual([]);
    expect(() => machines.create(spec([], { name: "free/vm-z5m1" }))).toThrow("the local cloud is being stopped");
  });

  it("has no container that was not declared", () => {
    const machine = machines.create(spec([]));
    expect(() => machine.start("edge")).toThrow("machine free/vm-x3k9 has no container edge");
  });

  it("stops its containers side by side, so that one may wait for another, and is gone then", async () => {
    const ready = "echo up; while :; do sleep 0.01; done";
    const waits = `trap 'while ! [ -e ended ]; do sleep 0.01; done; exit 0' TERM; ${ready}`;
    const ends = `trap 'touch ended; exit 0' TERM; ${ready}`;
    const names = ["first", "second"];
    const machine = started([container(waits, { name: "first" }), container(ends, { name: "second" })]);
    for (const name of names) await until(`${name}'s trap`, () => logOf(name) !== "");
    const pids = await Promise.all(names.map((name) => running(machine, name)));
    await machine.stop();
    expect(pids.filter(runs)).toEqual([]);
    expect(existsSync(join(directory, "ended"))).toBe(true);
    expect(machine.containers.map(({ state }) => state)).toEqual(["stopped", "stopped"]);
    machine.start("first");
    expect(state(machine, "first").state).toBe("stopped");
    machines.create(spec([]));
  });

  it("that stops waits for no restart, and for no container that never started", async () => {
    const machine = machines.create(
      spec([container("exit 1", { restartSeconds: 1000 }), container("", { name: "other" })]),
    );
    machine.start("main");
    await until("its end", () => state(machine).trouble !== undefined);
    await machine.stop();
    expect(machine.containers.map(({ state }) => state)).toEqual(["stopped", "stopped"]);
  });

  it("kills what does not end in time", async () => {
    const machine = started([
      container("trap '' TERM; echo up; while :; do sleep 0.01; done", { stopTimeoutSeconds: 0.1 }),
    ]);
    const pid = await running(machine);
    await until("the trap", () => logOf() !== "");
    await machine.stop();
    expect(runs(pid)).toBe(false);
    expect(state(machine).trouble).toBe("was ended by SIGKILL: up");
  });
});

describe("a machine that a drill takes down", () => {
  const DOWN: Faults = { down: ["free/vm-x3k9"], partitioned: [] };
  const DEAD = "its machine is down: a fault was injected";

  it("is dead at once and starts nothing, until it is up again", async () => {
    const machine = started([container("trap '' TERM; echo up; while :; do sleep 0.01; done")]);
    const unharmed = started([container(FOREVER)], { name: "free/vm-other" });
    const [pid, other] = [await running(machine), await running(unharmed)];
    faults = DOWN;
    machines.applyFaults();
    await until("its end", () => !runs(pid) && state(machine).state === "waiting");
    expect(state(machine)).toMatchObject({ trouble: DEAD });
    expect(runs(other)).toBe(true);

    faults = NO_FAULTS;
    machines.applyFaults();
    expect(await running(machine)).not.toBe(pid);
  });

  it("is up at once even where a container waited for minutes", async () => {
    const flag = join(directory, "flag");
    const script = `[ -e ${flag} ] || exit 1; exec sleep 1000`;
    const machine = started([container(script, { restartSeconds: 1000 })], { kind: "pod" });
    await until("its end", () => state(machine).trouble !== undefined);
    writeFileSync(flag, "");
    faults = DOWN;
    machines.applyFaults();
    faults = NO_FAULTS;
    machines.applyFaults();
    await running(machine);
    rmSync(flag);
  });

  it("stays down when it is made anew meanwhile, and can be stopped", async () => {
    faults = DOWN;
    const machine = started([container(FOREVER)]);
    expect(state(machine)).toEqual({ name: "main", state: "waiting", restarts: 0, trouble: DEAD });
    await machine.stop();
    expect(logOf()).toBe("");
  });
});
