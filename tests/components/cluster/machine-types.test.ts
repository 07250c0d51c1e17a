import { bootDiskType, containerMemoryMb, memoryMb } from "../../../components/cluster/machine-types";

describe("bootDiskType", () => {
  it.each([
    "e2-standard-4",
    "n1-standard-1",
    "n2d-highmem-8",
    "c3-standard-8",
    "c3d-standard-8",
    "t2d-standard-4",
    "custom-2-4096",
  ])("is a balanced persistent disk for %s", (machineType) => {
    expect(bootDiskType(machineType)).toBe("pd-balanced");
  });

  it.each(["c4-standard-8", "c4a-standard-4", "n4-standard-2", "n4-custom-4-8192", "m4-megamem-28"])(
    "is Hyperdisk for %s, which takes nothing else",
    (machineType) => {
      expect(bootDiskType(machineType)).toBe("hyperdisk-balanced");
    },
  );
});

describe("memoryMb", () => {
  it.each([
    ["e2-small", 2048],
    ["e2-standard-4", 16_384],
    ["n2-highmem-8", 65_536],
    ["c3-standard-8-lssd", 32_768],
    ["n2-custom-6-20480", 20_480],
    ["n2-custom-6-90112-ext", 90_112],
  ])("knows that %s has %d", (machineType, mb) => {
    expect(memoryMb(machineType)).toBe(mb);
  });

  it.each([
    ["n1-standard-4", 15_360],
    ["n1-highmem-2", 13_312],
    ["n1-highcpu-8", 7373],
    ["c3-highcpu-22", 45_056],
    ["m3-ultramem-32", 999_424],
  ])("counts on no more than %s has", (machineType, mb) => {
    expect(memoryMb(machineType)).toBeLessThanOrEqual(mb);
  });
});

describe("containerMemoryMb", () => {
  it("leaves the operating system its part", () => {
    expect(containerMemoryMb("e2-small")).toBe(1408);
  });

  it("is enough for a container to start on the smallest machine", () => {
    expect(containerMemoryMb("f1-micro")).toBeGreaterThanOrEqual(256);
  });
});
