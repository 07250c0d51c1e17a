import { viewVariables, type MachineView } from "../../../../sandbox/cloud/machines/view";
import type { MachineSpec } from "../../../../sandbox/cloud/machine";
import type { Network } from "../../../../sandbox/cloud/network";

const MACHINE = { address: "127.9.64.1", hostname: "edge-x3k9" } as MachineSpec;

function networkWith(port: (port: number) => number): Network {
  return {
    range: "127.9.0.0/16",
    own: () => "127.9.0.2",
    claim: () => "127.9.64.1",
    release: () => undefined,
    port,
  };
}

function viewIn(network: Network): MachineView {
  return JSON.parse(viewVariables(MACHINE, network).MACHINE_VIEW ?? "") as MachineView;
}

describe("what a process is told of its machine", () => {
  it("has all ports where they are, for root", () => {
    const view = viewIn(networkWith((port) => port));
    expect(view).toEqual({
      address: "127.9.64.1",
      hostname: "edge-x3k9",
      resolver: "127.9.0.2:53",
      range: "127.9.0.0/16",
      movedPorts: [],
    });
  });

  it("says which ports are elsewhere, for other users", () => {
    const view = viewIn(networkWith((port) => (port < 1024 ? port + 10_000 : port)));
    expect(view).toMatchObject({ resolver: "127.9.0.2:10053", movedPorts: [[1, 1023, 10_000]] });
    const some = viewIn(networkWith((port) => ([80, 443].includes(port) ? port + 10_000 : port)));
    expect(some.movedPorts).toEqual([
      [80, 80, 10_000],
      [443, 443, 10_000],
    ]);
  });

  it("leaves the declared options of Node in force", () => {
    const { NODE_OPTIONS } = viewVariables(
      MACHINE,
      networkWith((port) => port),
      "--max-old-space-size=96",
    );
    expect(NODE_OPTIONS).toMatch(/^--max-old-space-size=96 --require ".*\/machine-view\.cjs"$/);
  });
});
