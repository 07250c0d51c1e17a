import { placedArgs, placedEnvironment } from "../../../../sandbox/cloud/machines/paths";

const MOUNTS = { "/var/lib/knot": "/here/state/knot", "/var/lib": "/here/lib", "/run/knot": "/here/run" };

describe("paths of a container", () => {
  it("are where their volume is on this machine", () => {
    expect(placedEnvironment("agent", { DIRECTORY: "/run/knot", CONFIG: "/run/knot/knot.conf" }, MOUNTS)).toEqual({
      DIRECTORY: "/here/run",
      CONFIG: "/here/run/knot.conf",
    });
  });

  it("belong to the innermost of nested volumes", () => {
    const environment = { KNOT: "/var/lib/knot/zone", OTHER: "/var/lib/knots" };
    expect(placedEnvironment("agent", environment, MOUNTS)).toEqual({
      KNOT: "/here/state/knot/zone",
      OTHER: "/here/lib/knots",
    });
  });

  it("are told from other values", () => {
    const environment = { URL: "https://resolution.test/run/knot", NAME: "projects/a/secrets/b", EMPTY: "" };
    expect(placedEnvironment("agent", environment, MOUNTS)).toEqual(environment);
  });

  it("are found in arguments, alone and behind an option", () => {
    const args = ["--config", "/run/knot/knot.conf", "--storage=/var/lib/knot", "-v"];
    expect(placedArgs("knot", args, MOUNTS)).toEqual([
      "--config",
      "/here/run/knot.conf",
      "--storage=/here/state/knot",
      "-v",
    ]);
  });

  it.each(["/foo", "/run/knot/../other", "/run/knotty"])("are refused by name where no volume has them: %s", (path) => {
    expect(() => placedEnvironment("agent", { KNOT_CONFIG: path }, MOUNTS)).toThrow(
      `container agent: KNOT_CONFIG=${path} is in no volume`,
    );
    expect(() => placedArgs("knot", [`--config=${path}`], MOUNTS)).toThrow(
      `container knot: --config=${path} is in no volume`,
    );
  });
});
