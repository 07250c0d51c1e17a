import { FaultInjector, parseFaults } from "../../sandbox/provider/faults";

const NETWORK = "gcp:compute/network:Network";

/** Makes calls one after another and tells of each what became of it. */
async function outcomes(
  injector: FaultInjector,
  calls: readonly ("create" | "delete")[],
  type = NETWORK,
): Promise<string[]> {
  const results: string[] = [];
  for (const operation of calls) {
    const inject = injector.begin(operation, type);
    try {
      await inject("before");
      results.push("written");
      await inject("after");
    } catch (error) {
      results.push((error as Error).message);
    }
  }
  return results;
}

describe("an injected fault", () => {
  test("hits the nth call of its operation and type only", async () => {
    const injector = new FaultInjector([{ operation: "create", type: NETWORK, nth: 2, effect: "fail", message: "no" }]);
    expect(await outcomes(injector, ["create"], "gcp:compute/router:Router")).toEqual(["written"]);
    expect(await outcomes(injector, ["create", "delete", "create", "create"])).toEqual([
      "written",
      "written",
      "no",
      "written",
    ]);
  });

  test("hits every call without a number, and says so itself without a message", async () => {
    const injector = new FaultInjector([{ operation: "delete", effect: "fail" }]);
    const message = `injected fault: delete of ${NETWORK} failed`;
    expect(await outcomes(injector, ["delete", "delete"])).toEqual([message, message]);
  });

  test("can come after the work is done", async () => {
    const injector = new FaultInjector([{ operation: "create", effect: "fail", when: "after", message: "lost" }]);
    expect(await outcomes(injector, ["create"])).toEqual(["written", "lost"]);
  });

  test("can be slowness", async () => {
    const injector = new FaultInjector([{ operation: "create", effect: "slow", milliseconds: 30 }]);
    const start = performance.now();
    expect(await outcomes(injector, ["create"])).toEqual(["written"]);
    expect(performance.now() - start).toBeGreaterThanOrEqual(25);
  });

  test("can be the end of the process", async () => {
    const died: string[] = [];
    const injector = new FaultInjector([{ operation: "create", effect: "crash" }], () => died.push("dead"));
    await outcomes(injector, ["create"]);
    expect(died).toEqual(["dead"]);
  });
});

describe("the list of faults", () => {
  test("is empty when the variable is", () => {
    expect([parseFaults(undefined), parseFaults("")]).toEqual([[], []]);
  });

  test("is read", () => {
    const fault = { operation: "create", type: NETWORK, nth: 1, effect: "crash", when: "after" };
    expect(parseFaults(JSON.stringify([fault]))).toEqual([fault]);
  });

  test.each<[string, string, RegExp]>([
    ["what is not JSON", "{", /LOCAL_CLOUD_FAULTS is not JSON.*expected a list/],
    ["what is not a list", "{}", /LOCAL_CLOUD_FAULTS is not a list/],
    ["what is not an object", "[1]", /LOCAL_CLOUD_FAULTS\[0\] is not an object/],
    [
      "an unknown key",
      '[{"operation":"create","effect":"fail","times":2}]',
      /\[0\]\.times is not known; use operation, /,
    ],
    ["a missing effect", '[{"operation":"create"}]', /\[0\]\.effect is missing; it must be one of fail, slow, crash/],
    ["an unknown operation", '[{"operation":"make","effect":"fail"}]', /\[0\]\.operation is "make"; it must be one of/],
    [
      "a number that counts from zero",
      '[{"operation":"create","effect":"fail","nth":0}]',
      /\[0\]\.nth is 0; it must be a whole/,
    ],
    ["slowness of no length", '[{"operation":"create","effect":"slow"}]', /\[0\]\.milliseconds is missing/],
  ])("refuses %s", (_, json, message) => {
    expect(() => parseFaults(json)).toThrow(message);
  });
});
