import fc from "fast-check";
import { cloudInit } from "../../../../components/cluster/cloud-init";
import { interpretCloudInit } from "../../../../sandbox/cloud/compute/cloud-init/vm-software";
import { container, REGISTRY } from "./support/records";

const DISK = "/cloud/vms/x";
const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const name = fc.stringMatching(/^[a-z][a-z0-9-]{1,12}$/);
const path = fc.stringMatching(/^(\/[a-z][a-z0-9_-]{0,8}){1,3}$/);

/** What components write. */
const declared = container({
  args: ["--verbose"],
  capabilities: ["NET_BIND_SERVICE"],
  stopTimeoutSeconds: 60,
  environment: { EDGE_DIRECTORY: "/var/lib/edge", QUOTED: `"$HOME" \\ %n` },
});
const userData = cloudInit([declared], REGISTRY);

function changed(from: string | RegExp, to: string): string {
  const text = userData.replace(from, to);
  if (text === userData) throw new Error(`${String(from)} is not in the user-data`);
  return text;
}

describe("what a VM runs", () => {
  it("is what its cloud-config declares", () => {
    expect(interpretCloudInit(userData, DISK)).toEqual({
      containers: [
        {
          name: "edge",
          image: `${REGISTRY}/acme/platform/edge:dev`,
          args: ["--verbose"],
          environment: declared.environment,
          mounts: { "/tmp": `${DISK}/tmp/edge/tmp`, "/var/lib/edge": `${DISK}/edge` },
          stopTimeoutSeconds: 60,
          restartSeconds: 2,
          ports: [8080, 8082],
        },
      ],
      directories: [`${DISK}/edge`],
      temporary: [`${DISK}/tmp/edge/tmp`],
    });
  });

  it("is every container with every argument, variable, directory and port that components were given", () => {
    const containers = fc.uniqueArray(
      fc.record({
        name: name.filter((text) => !text.startsWith("host-firewall") && !text.startsWith("registry-login")),
        args: fc.array(printable, { maxLength: 4 }),
        environment: fc.dictionary(fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/), printable, { maxKeys: 4 }),
        ports: fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { maxLength: 3 }),
        writableDirectories: fc.dictionary(path, path, { maxKeys: 3 }),
        stopTimeoutSeconds: fc.integer({ min: 1, max: 90 }),
      }),
      { selector: (one) => one.name, minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(containers, (given) => {
        const software = interpretCloudInit(cloudInit(given.map(container), REGISTRY), DISK);
        const ports = [...new Set(given.flatMap((one) => one.ports))].sort((a, b) => a - b);
        software.containers.forEach((one, index) => {
          const wanted = given[index];
          expect(one).toMatchObject({ name: wanted?.name, args: wanted?.args, ports });
          expect(one.environment).toEqual({ ...wanted?.environment });
          expect(one.stopTimeoutSeconds).toBe(wanted?.stopTimeoutSeconds);
          const inside = Object.keys(wanted?.writableDirectories ?? {});
          expect(Object.keys(one.mounts).sort()).toEqual([...new Set(["/tmp", ...inside])].sort());
        });
        expect(software.containers).toHaveLength(given.length);
      }),
    );
  });

  it("shares a directory of the VM between the containers that mount it, and keeps others apart", () => {
    const first = container({ name: "first", writableDirectories: { "/a": "/var/one/state", "/b": "/var/two/state" } });
    const second = container({ name: "second", writableDirectories: { "/c": "/var/two/state" } });
    const { containers, directories } = interpretCloudInit(cloudInit([first, second], REGISTRY), DISK);
    const [one, two] = containers.map(({ mounts }) => mounts);
    expect(two?.["/c"]).toBe(one?.["/b"]);
    expect(one?.["/a"]).not.toBe(one?.["/b"]);
    expect(directories).toHaveLength(2);
  });

  it("leaves out a unit that nothing starts", () => {
    const text = changed("    - edge.service\n", "");
    expect(interpretCloudInit(text, DISK).containers).toEqual([]);
  });

  it("accepts no port of a firewall unit that nothing starts", () => {
    const text = changed("    - host-firewall.service\n", "").replaceAll(" host-firewall.service", "");
    expect(interpretCloudInit(text, DISK).containers[0]?.ports).toEqual([]);
  });

  it("starts what a started unit wants", () => {
    const text = changed("    - host-firewall.service\n", "").replace("    - registry-login.service\n", "");
    expect(interpretCloudInit(text, DISK)).toEqual(interpretCloudInit(userData, DISK));
  });
});

describe("user-data that the sandbox cannot follow is refused by name:", () => {
  it.each([
    ["another header", changed("#cloud-config", "#!/bin/sh"), /does not begin with the line #cloud-config/],
    ["no YAML", changed("runcmd:", "runcmd: ["), /is not YAML/],
    ["an unknown module", changed("runcmd:", "users: []\nruncmd:"), /does not know users/],
    ["an unknown key of a file", changed("    owner: root", "    encoding: b64"), /does not know encoding/],
    ["permissions that YAML takes for a number", changed('"0644"', "0644"), /permissions .* is not text/],
    ["a shell line", changed(/runcmd:[^]*/, "runcmd:\n  - systemctl start edge.service\n"), /not a list of words/],
    [
      "another command",
      changed("    - daemon-reload", "    - isolate"),
      /does not know the command "systemctl isolate"/,
    ],
    [
      "a unit that is not written",
      changed("    - edge.service", "    - egde.service"),
      /unit egde\.service is started/,
    ],
    ["a section", changed("[Service]", "[Servcie]"), /does not know the section \[Servcie\]/],
    ["a key of a unit", changed("RestartSec", "RestartDelay"), /edge\.service: .*does not know RestartDelay=/],
    ["a line without a key", changed("Type=oneshot", "oneshot"), /"oneshot" is neither/],
    ["no time", changed("RestartSec=2", "RestartSec=soon"), /RestartSec=soon is not a time/],
    [
      "a container that stays away",
      changed("Restart=always", "Restart=on-failure"),
      /Restart=on-failure: .*always only/,
    ],
    [
      "a limit of starts",
      changed("StartLimitIntervalSec=0\n", "StartLimitIntervalSec=10\n"),
      /gives up after a few starts/,
    ],
    ["an unknown option", changed("--read-only", "--privileged"), /does not know docker's option --privileged/],
    ["a short option", changed("--read-only", "-d"), /does not know docker's option -d/],
    [
      "an option without its value",
      changed("--pids-limit=4096", "--pids-limit"),
      /--pids-limit=--memory=512m: is not a number/,
    ],
    ["another network", changed("--network=host", "--network=bridge"), /--network=bridge: nobody reaches it/],
    ["docker's own network", changed("        --network=host \\\n", ""), /--network=bridge: nobody reaches it/],
    ["another capability", changed("NET_BIND_SERVICE", "SYS_ADMIN"), /--cap-add=SYS_ADMIN/],
    ["a volume", changed("type=bind", "type=volume"), /type=bind only/],
    [
      "a directory that nobody makes",
      changed("source=/var/lib/platform/edge", "source=/var/lib/other"),
      /edge\.service: mounts \/var\/lib\/other, which no ExecStartPre makes/,
    ],
    ["a directory of somebody else", changed("--owner=65532", "--owner=0"), /runs as user 65532, who may not write/],
    [
      "no environment file",
      changed("--env-file=/etc/platform/edge.env", "--env-file=/etc/x.env"),
      /no such file is written/,
    ],
    [
      "no login at the registry",
      changed(`--registries=${REGISTRY}`, "--registries=gcr.io"),
      /no credentials for europe-docker/,
    ],
    [
      "a login in another home",
      changed("HOME=/var/lib/platform/docker", "HOME=/root"),
      /no credentials for europe-docker/,
    ],
    ["another firewall rule", changed("-j ACCEPT", "-j DROP"), /of iptables the sandbox knows/],
    [
      "an unknown program",
      changed("/usr/bin/docker stop edge", "/bin/kill edge"),
      /does not know the command "\/bin\/kill edge"/,
    ],
    ["another container's name", changed("docker stop edge", "docker stop egde"), /a container of another name/],
    ["a variable of systemd", changed("--verbose", "$VERBOSE"), /\$V is a variable that the sandbox does not know/],
    ["a specifier", changed("--verbose", "%i"), /%i is a specifier/],
    ["an open quote", changed("--verbose", '"--verbose'), /a quote " is open/],
    [
      "a variable without a value",
      changed("      EDGE_DIRECTORY=/var/lib/edge", "      EDGE_DIRECTORY"),
      /EDGE_DIRECTORY has no value/,
    ],
  ])("%s", (_, text, message) => {
    expect(() => interpretCloudInit(text, DISK)).toThrow(message);
  });

  it("no text makes it fail without saying where", () => {
    const lines = userData.split("\n");
    const edit = fc.record({ at: fc.nat(lines.length - 1), text: fc.oneof(printable, fc.constant(undefined)) });
    fc.assert(
      fc.property(edit, ({ at, text }) => {
        const edited = lines.flatMap((line, index) => (index === at ? (text === undefined ? [] : [text]) : [line]));
        try {
          interpretCloudInit(edited.join("\n"), DISK);
        } catch (error) {
          expect((error as Error).constructor).toBe(Error);
          expect((error as Error).message.length).toBeGreaterThan(20);
        }
      }),
    );
  });
});
