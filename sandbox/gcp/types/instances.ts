import type { Failure } from "../../provider/package";
import { isAbsent, isProperties, list, object, type Properties, show, text } from "../../provider/values";
import { formatIpv4, parseIpv4 } from "../../../config/cidr";
import type { Definition, Definitions, Rule } from "../definition";
import { hexadecimal, number } from "../../provider/hash";
import { COMPUTE } from "../links";
import { failure, labels, name, pattern, tags } from "../rules";

/** Limit of one metadata value and of all together, in bytes. */
const METADATA_VALUE_BYTES = 256 * 1024;
const METADATA_TOTAL_BYTES = 512 * 1024;

const metadata: Rule = (inputs) => {
  const entries = Object.entries(object(inputs.metadata));
  const size = (value: unknown) => (typeof value === "string" ? Buffer.byteLength(value) : 0);
  const failures = entries.flatMap(([key, value]): Failure[] => {
    const at = `metadata[${JSON.stringify(key)}]`;
    if (!/^[A-Za-z0-9_-]{1,128}$/.test(key)) {
      return [
        failure(at, `the key ${show(key)} is not valid; use at most 128 letters, digits, hyphens and underscores`),
      ];
    }
    return size(value) > METADATA_VALUE_BYTES
      ? [failure(at, `has ${size(value)} bytes; use at most ${METADATA_VALUE_BYTES}`)]
      : [];
  });
  const total = entries.reduce((sum, [, value]) => sum + size(value), 0);
  if (total > METADATA_TOTAL_BYTES)
    failures.push(failure("metadata", `has ${total} bytes; use at most ${METADATA_TOTAL_BYTES}`));
  return failures;
};

const interfaces: Rule = (inputs) => {
  const given = inputs.networkInterfaces;
  if (Array.isArray(given) || isAbsent(given)) {
    if (list(given).length === 0) return [failure("networkInterfaces", "none is given; a VM needs at least one")];
  }
  return list(given).flatMap((entry, index) => {
    if (!isProperties(entry) || ["network", "subnetwork", "networkAttachment"].some((key) => !isAbsent(entry[key])))
      return [];
    return [failure(`networkInterfaces[${index}]`, "has neither network nor subnetwork; set one of them")];
  });
};

const disks: Rule = (inputs) => {
  const first = object(list(inputs.disks)[0]);
  const failures: Failure[] = [];
  if (first.boot === false) failures.push(failure("disks[0].boot", "false; the first disk must be the boot disk"));
  list(inputs.disks).forEach((disk, index) => {
    if (!isProperties(disk)) return;
    if (isAbsent(disk.source) && isAbsent(disk.sourceImage) && isAbsent(disk.sourceSnapshot) && index === 0) {
      failures.push(failure("disks[0]", "has no source; set sourceImage, sourceSnapshot or source"));
    }
  });
  return failures;
};

const scheduling: Rule = (inputs) => {
  const { preemptible, automaticRestart, provisioningModel } = object(inputs.scheduling);
  const failures: Failure[] = [];
  if (preemptible === true && automaticRestart !== false) {
    failures.push(failure("scheduling.automaticRestart", "must be false for a preemptible VM"));
  }
  if (provisioningModel === "SPOT" && preemptible !== true) {
    failures.push(failure("scheduling.preemptible", "must be true for provisioningModel SPOT"));
  }
  return failures;
};

const machineType = pattern(
  "machineType",
  /^[a-z][a-z0-9-]+$/,
  "use the short name of a machine type, like n2-standard-4",
);

function template(location: string, extra: Pick<Definition, "uniqueNameFields"> & { unique: boolean }): Definition {
  const { unique, ...rest } = extra;
  return {
    id: `projects/{project}/${location}/instanceTemplates/{name}`,
    selfLink: COMPUTE,
    ...rest,
    rules: [name, labels(), tags("tags"), machineType, metadata, interfaces, disks, scheduling],
    // With a prefix the provider makes a new name from whatever the template contains.
    defaults: (inputs) =>
      isAbsent(inputs.namePrefix) ? {} : { name: `${text(inputs.namePrefix)}${hexadecimal(26, inputs)}` },
    outputs: ({ id, created }) => ({
      ...(unique ? { selfLinkUnique: `${COMPUTE}${id}?uniqueId=${number(id, created)}` } : {}),
    }),
  };
}

function instanceOutputs(id: string, inputs: Properties): Properties {
  const networkInterfaces = list(inputs.networkInterfaces).map((entry, index) => ({
    name: `nic${index}`,
    networkIp: formatIpv4((parseIpv4("10.128.0.0") ?? 0) + (number(id, index) % 2 ** 20) + 2),
    stackType: "IPV4_ONLY",
    ...object(entry),
  }));
  return { networkInterfaces, cpuPlatform: "Intel Cascade Lake", currentStatus: "RUNNING" };
}

/** Virtual machines and the templates groups make them from. */
export const INSTANCE_TYPES: Definitions = {
  "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": template("regions/{region}", { unique: false }),
  "gcp:compute/instanceTemplate:InstanceTemplate": template("global", {
    unique: true,
    uniqueNameFields: ["name", "name-prefix"],
  }),
  "gcp:compute/instance:Instance": {
    id: "projects/{project}/zones/{zone}/instances/{name}",
    selfLink: COMPUTE,
    rules: [name, labels(), tags("tags"), metadata, interfaces, scheduling],
    outputs: ({ id, inputs }) => instanceOutputs(id, inputs),
    protection: (outputs) =>
      outputs.deletionProtection === true
        ? "deletionProtection is on; set it to false and deploy, then delete"
        : undefined,
  },
};
