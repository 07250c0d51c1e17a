import fc from "fast-check";
import { cloudInit } from "../../../components/cluster/cloud-init";
import type { Container } from "../../../components/containers";
import { fileAt, readCloudConfig, readCommand, readEnvironmentFile, settings } from "./cloud-config";

const REGISTRY = "europe-docker.pkg.dev";
const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const key = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,12}$/);
const notPrintable = fc
  .tuple(printable, fc.constantFrom("\n", "\r", "\0", "\t", "\x7f", "\u0085", "\u2028", "é", "\ud800"), printable)
  .map((parts) => parts.join(""));

function container(changes: Partial<Container> = {}): Container {
  return {
    name: "app",
    image: `${REGISTRY}/acme/platform/app:1`,
    environment: {},
    ports: [8080],
    memoryMb: 512,
    ...changes,
  };
}

function unitOf(changed: Container): string {
  return fileAt(readCloudConfig(cloudInit([changed], REGISTRY)), `/etc/systemd/system/${changed.name}.service`);
}

function runCommand(changed: Container): string[] {
  const [command = ""] = settings(unitOf(changed), "ExecStart");
  return readCommand(command);
}

describe("cloud-init", () => {
  it("hands a container every environment value as it is", () => {
    fc.assert(
      fc.property(fc.dictionary(key, printable), (environment) => {
        const config = readCloudConfig(cloudInit([container({ environment })], REGISTRY));
        expect(readEnvironmentFile(fileAt(config, "/etc/platform/app.env"))).toEqual({ ...environment });
      }),
    );
  });

  it("hands a container every argument as it is", () => {
    fc.assert(
      fc.property(fc.array(printable), (args) => {
        const words = runCommand(container({ args }));
        expect(words.slice(words.length - args.length)).toEqual(args);
      }),
    );
  });

  it("refuses an environment value with a line break or anything else that is not printable ASCII, and names it", () => {
    fc.assert(
      fc.property(key, notPrintable, (name, value) => {
        expect(() => cloudInit([container({ environment: { [name]: value } })], REGISTRY)).toThrow(
          new RegExp(`container app: environment variable ${name}: .*printable ASCII`, "s"),
        );
      }),
    );
  });

  it("refuses an argument that is not printable ASCII", () => {
    fc.assert(
      fc.property(notPrintable, (argument) => {
        expect(() => cloudInit([container({ args: [argument] })], REGISTRY)).toThrow(
          /container app: argument .*printable ASCII/s,
        );
      }),
    );
  });

  it.each(["lower", "WITH SPACE", "A=B", "1ST", ""])("refuses the environment variable name %j", (name) => {
    expect(() => cloudInit([container({ environment: { [name]: "x" } })], REGISTRY)).toThrow(
      /capital letters, digits and _/,
    );
  });

  it.each(["relative", "/with,comma", "/with space", "/"])("refuses the directory %j", (directory) => {
    expect(() => cloudInit([container({ writableDirectories: { [directory]: "/var/lib/x" } })], REGISTRY)).toThrow(
      /absolute path/,
    );
  });

  it.each(["../app", "App", "a b"])("refuses the container name %j", (name) => {
    expect(() => cloudInit([container({ name })], REGISTRY)).toThrow(/lower-case letters, digits and hyphens/);
  });

  it("does not depend on the order in which the environment is given", () => {
    const there = cloudInit([container({ environment: { A: "1", B: "2" } })], REGISTRY);
    expect(cloudInit([container({ environment: { B: "2", A: "1" } })], REGISTRY)).toBe(there);
  });

  it("runs a container with no rights but those it is given", () => {
    const words = runCommand(
      container({
        capabilities: ["NET_BIND_SERVICE"],
        writableDirectories: { "/var/lib/app": "/var/lib/platform/app" },
      }),
    );
    expect(words).toEqual(
      expect.arrayContaining([
        "--read-only",
        "--user=65532:65532",
        "--security-opt=no-new-privileges",
        "--cap-drop=ALL",
        "--cap-add=NET_BIND_SERVICE",
        "--memory=512m",
        "--memory-swap=512m",
        "--mount=type=bind,source=/var/lib/platform/app,target=/var/lib/app",
      ]),
    );
    expect(words).not.toContain("--privileged");
    expect(words.at(-1)).toBe(`${REGISTRY}/acme/platform/app:1`);
  });

  it("gives docker its time to stop a container before systemd kills it", () => {
    const unit = unitOf(container({ stopTimeoutSeconds: 60 }));
    expect(runCommand(container({ stopTimeoutSeconds: 60 }))).toContain("--stop-timeout=60");
    expect(Number(settings(unit, "TimeoutStopSec")[0])).toBeGreaterThan(60);
  });

  it("restarts a container for ever", () => {
    expect(settings(unitOf(container()), "Restart")).toEqual(["always"]);
    expect(settings(unitOf(container()), "StartLimitIntervalSec")).toEqual(["0"]);
  });

  it("opens exactly the declared ports in the host's firewall, each once", () => {
    const config = readCloudConfig(
      cloudInit([container({ ports: [8081, 8080] }), container({ name: "other", ports: [8081, 9090] })], REGISTRY),
    );
    const rules = settings(fileAt(config, "/etc/systemd/system/host-firewall.service"), "ExecStart");
    expect(rules).toEqual(
      [8080, 8081, 9090].map((port) => `/sbin/iptables -w -A INPUT -p tcp --dport ${port} -j ACCEPT`),
    );
  });

  it("lets docker authenticate at the registry only", () => {
    const config = readCloudConfig(cloudInit([container()], REGISTRY));
    const [command = ""] = settings(fileAt(config, "/etc/systemd/system/registry-login.service"), "ExecStart");
    expect(readCommand(command)).toEqual([
      "/usr/bin/docker-credential-gcr",
      "configure-docker",
      `--registries=${REGISTRY}`,
    ]);
  });

  it("starts what it has written, after what it needs", () => {
    const config = readCloudConfig(cloudInit([container(), container({ name: "other" })], REGISTRY));
    const written = config.write_files.map(({ path }) => path).filter((path) => path.endsWith(".service"));
    const units = written.map((path) => path.replace("/etc/systemd/system/", ""));
    expect(config.runcmd).toEqual([
      ["systemctl", "daemon-reload"],
      ["systemctl", "start", "--no-block", ...units],
    ]);
    const needed = (settings(unitOf(container()), "After")[0] ?? "").split(" ");
    expect(needed).toEqual(
      expect.arrayContaining(["host-firewall.service", "registry-login.service", "docker.service"]),
    );
  });

  it("keeps environment files from everyone but root", () => {
    const { write_files } = readCloudConfig(cloudInit([container()], REGISTRY));
    expect(write_files.find(({ path }) => path.endsWith(".env"))?.permissions).toBe("0600");
  });
});
