import type { Controller, ResourceName, Standing } from "../../../sandbox/cloud/controller";
import { Reconciler, worst } from "../../../sandbox/cloud/reconciler";
import { until } from "../../support/until";
import { NO_RECORDS, SILENT } from "./support";

const GROUP: ResourceName = { scope: "gcp", type: "group", id: "a" };

/** Does what a test says. */
class Scripted implements Controller {
  readonly name = "groups";
  readonly awaited = ["group"];
  passes = 0;
  now: Standing = { is: "pending", because: "a VM is not healthy" };
  failure: Error | undefined;

  reconcile(): Promise<void> {
    this.passes++;
    return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure);
  }

  standing(): Standing {
    return this.now;
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

let controller: Scripted;
let reconciler: Reconciler;
beforeEach(() => {
  controller = new Scripted();
  reconciler = new Reconciler([controller], NO_RECORDS, SILENT);
  reconciler.start();
});
afterEach(() => reconciler.stop());

test("a step waits until a pass that began after it has settled its resource", async () => {
  const before = controller.passes;
  const settled = reconciler.settle(GROUP, 20_000);
  await until("a pass", () => controller.passes > before);
  controller.now = { is: "settled" };
  expect(await settled).toEqual({ settled: true });
});

test("a step does not take what a resource was before its change for what it is now", async () => {
  controller.now = { is: "settled" };
  const before = controller.passes;
  await reconciler.settle(GROUP, 20_000);
  expect(controller.passes).toBeGreaterThan(before);
});

test("a step whose resource will never settle fails at once, with the reason", async () => {
  controller.now = { is: "failed", because: "the image cannot be pulled" };
  expect(await reconciler.settle(GROUP, 20_000)).toEqual({ settled: false, because: "the image cannot be pulled" });
});

test("a step's patience has an end, and then it says what was missing", async () => {
  expect(await reconciler.settle(GROUP, 1)).toEqual({ settled: false, because: "not within 0 s: a VM is not healthy" });
});

test("nobody waits for resources that nobody makes real", async () => {
  expect(await reconciler.settle({ ...GROUP, type: "label" }, 0)).toEqual({ settled: true });
});

test("a controller that throws is named, and called again", async () => {
  controller.failure = new Error("the disk is full");
  const because = "not within 0 s: groups: the disk is full";
  await until("a failure", () => controller.passes > 0);
  expect(await reconciler.settle(GROUP, 500)).toEqual({ settled: false, because: because.replace("0 s", "1 s") });
  controller.failure = undefined;
  controller.now = { is: "settled" };
  expect(await reconciler.settle(GROUP, 20_000)).toEqual({ settled: true });
});

test("one controller's failure keeps the others from nothing", async () => {
  const broken = new Scripted();
  broken.failure = new Error("no");
  const sound = new Scripted();
  const both = new Reconciler([broken, sound], NO_RECORDS, SILENT);
  both.start();
  await until("a pass", () => sound.passes > 0);
  await both.stop();
});

test("a step that waits when the local cloud stops is told so", async () => {
  const waiting = reconciler.settle(GROUP, 20_000);
  await until("a pass", () => controller.passes > 1);
  await reconciler.stop();
  expect(await waiting).toEqual({ settled: false, because: "the local cloud was stopped" });
});

test("of several standings, a failure counts before what is pending, and that before what has settled", () => {
  const settled: Standing = { is: "settled" };
  const pending: Standing = { is: "pending", because: "b" };
  const failed: Standing = { is: "failed", because: "c" };
  expect(worst([settled, pending, failed])).toBe(failed);
  expect(worst([settled, pending])).toBe(pending);
  expect(worst([])).toEqual(settled);
});
