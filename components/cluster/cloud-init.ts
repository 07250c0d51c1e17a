/**
 * From a list of containers to the cloud-config that makes Container-Optimized OS run them: a systemd unit and an
 * environment file per container, the host's firewall, and the registry's credentials. Pure, and the same for the same list.
 *
 * Container-Optimized OS forgets /etc and cloud-init's own state when it reboots, so that all of this happens at every boot.
 */
import { stringify } from "yaml";
import { CONTAINER_USER, type Container } from "../containers";
import { environmentFile } from "./environment-file";
import { command, serviceUnit } from "./systemd-unit";

const DEFAULT_STOP_TIMEOUT_SECONDS = 30;
/** How much longer systemd waits than docker, so that docker is the one who kills. */
const STOP_MARGIN_SECONDS = 15;
/** The home directory of root is read-only on Container-Optimized OS; docker's credentials need another. */
const DOCKER_STATE = "platform/docker";
const DOCKER_HOME = `/var/lib/${DOCKER_STATE}`;
const FIREWALL_UNIT = "host-firewall.service";
const REGISTRY_UNIT = "registry-login.service";

/** A file as cloud-init writes it. */
interface WrittenFile {
  readonly path: string;
  readonly permissions: string;
  readonly owner: string;
  readonly content: string;
}

/**
 * The `user-data` of a VM that runs `containers` from a registry at `registryHost`. Throws an Error that names the container
 * when its name, a directory or an environment variable cannot be written safely.
 */
export function cloudInit(containers: readonly Container[], registryHost: string): string {
  const units = [FIREWALL_UNIT, REGISTRY_UNIT, ...containers.map(unitName)];
  const config = {
    write_files: [
      unitFile(FIREWALL_UNIT, hostFirewallUnit(containers)),
      unitFile(REGISTRY_UNIT, registryLoginUnit(registryHost)),
      ...containers.flatMap(containerFiles),
    ],
    runcmd: [
      ["systemctl", "daemon-reload"],
      ["systemctl", "start", "--no-block", ...units],
    ],
  };
  // cloud-init reads YAML 1.1, in which more words than in 1.2 are something else than text.
  return `#cloud-config\n${stringify(config, { version: "1.1", lineWidth: 0 })}`;
}

function containerFiles(container: Container): WrittenFile[] {
  const { name } = container;
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw new Error(`container "${name}": a name has lower-case letters, digits and hyphens only`);
  try {
    const content = environmentFile(container.environment);
    // Readable by root alone: the docker client is root, the container gets its variables from docker.
    const environment = { path: environmentPath(name), permissions: "0600", owner: "root", content };
    return [environment, unitFile(unitName(container), containerUnit(container))];
  } catch (error) {
    throw new Error(`container ${name}: ${(error as Error).message}`, { cause: error });
  }
}

function unitFile(name: string, content: string): WrittenFile {
  return { path: `/etc/systemd/system/${name}`, permissions: "0644", owner: "root", content };
}

/** The host drops what comes in unless a rule accepts it. Who may send is the cluster's firewall's business. */
function hostFirewallUnit(containers: readonly Container[]): string {
  const ports = [...new Set(containers.flatMap((container) => container.ports))].sort((a, b) => a - b);
  return oneShot("Accept incoming connections to the containers' ports", {
    ExecStart: ports.map((port) => `/sbin/iptables -w -A INPUT -p tcp --dport ${port} -j ACCEPT`),
  });
}

function registryLoginUnit(registryHost: string): string {
  return oneShot("Let docker use the VM's identity at the registry", {
    Environment: `HOME=${DOCKER_HOME}`,
    StateDirectory: DOCKER_STATE,
    ExecStart: command(["/usr/bin/docker-credential-gcr", "configure-docker", `--registries=${registryHost}`]),
  });
}

function oneShot(description: string, service: Readonly<Record<string, string | readonly string[]>>): string {
  return serviceUnit({
    unit: { Description: description },
    service: { Type: "oneshot", RemainAfterExit: "yes", ...service },
  });
}

function containerUnit(container: Container): string {
  const { name, stopTimeoutSeconds = DEFAULT_STOP_TIMEOUT_SECONDS } = container;
  const needed = ["docker.service", FIREWALL_UNIT, REGISTRY_UNIT];
  return serviceUnit({
    unit: {
      Description: `Container ${name}`,
      Wants: ["network-online.target", ...needed].join(" "),
      After: ["network-online.target", ...needed].join(" "),
      // A registry that does not answer must not be the end of it: try for ever.
      StartLimitIntervalSec: "0",
    },
    service: {
      Environment: `HOME=${DOCKER_HOME}`,
      ExecStartPre: [
        `-/usr/bin/docker rm --force ${name}`,
        ...Object.values(container.writableDirectories ?? {}).map(makeDirectory),
      ],
      ExecStart: command(
        ["/usr/bin/docker", "run"],
        [...runOptions(container), container.image, ...(container.args ?? [])],
      ),
      ExecStop: `/usr/bin/docker stop ${name}`,
      Restart: "always",
      RestartSec: "2",
      TimeoutStopSec: String(stopTimeoutSeconds + STOP_MARGIN_SECONDS),
    },
  });
}

function makeDirectory(path: string): string {
  const owner = [`--owner=${CONTAINER_USER}`, `--group=${CONTAINER_USER}`, "--mode=0750"];
  return command(["install", "--directory", ...owner, checkedPath(path)]);
}

function runOptions(container: Container): string[] {
  const { name, memoryMb, capabilities = [], stopTimeoutSeconds = DEFAULT_STOP_TIMEOUT_SECONDS } = container;
  return [
    "--rm",
    `--name=${name}`,
    // One container network fewer between a request and its process; ports are the VM's.
    "--network=host",
    `--user=${CONTAINER_USER}:${CONTAINER_USER}`,
    "--read-only",
    "--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=64m",
    "--security-opt=no-new-privileges",
    "--cap-drop=ALL",
    ...capabilities.map((capability) => `--cap-add=${capability}`),
    "--pids-limit=4096",
    `--memory=${memoryMb}m`,
    `--memory-swap=${memoryMb}m`,
    `--stop-timeout=${stopTimeoutSeconds}`,
    // The OS's agent ships these files to Cloud Logging. A driver that ships by itself keeps a container from starting
    // while Cloud Logging is away.
    "--log-driver=json-file",
    "--log-opt=max-size=50m",
    "--log-opt=max-file=4",
    ...Object.entries(container.writableDirectories ?? {}).map(mount),
    `--env-file=${environmentPath(name)}`,
  ];
}

function mount([inside, onHost]: [string, string]): string {
  return `--mount=type=bind,source=${checkedPath(onHost)},target=${checkedPath(inside)}`;
}

/** Mount options are separated by commas and have no quoting. */
function checkedPath(path: string): string {
  if (/^(\/[\w.-]+)+$/.test(path)) return path;
  throw new Error(`directory "${path}": an absolute path has letters, digits, dots, hyphens and _ only`);
}

function environmentPath(name: string): string {
  return `/etc/platform/${name}.env`;
}

function unitName({ name }: Container): string {
  return `${name}.service`;
}
