/** Instance templates, as they are recorded. Pure. */
import { relativeLink, shortName } from "../../../gcp/links";
import type { CloudRecord } from "../../../provider/store";
import { isAbsent, list, object, text } from "../../../provider/values";
import type { Records } from "../../controller";
import { interpretCloudInit } from "../cloud-init/vm-software";
import { needed } from "../find-record";
import { TYPES } from "../types";

/** What VMs are made of. */
export interface Template {
  /** Id of its record; a group's version. */
  readonly id: string;
  readonly region: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly failureDomain: string;
  readonly role: string;
  readonly serviceAccount: string;
  /** Id of the VPC. */
  readonly network: string;
  /** cloud-config. */
  readonly userData: string;
}

/** Metadata that changes nothing on one machine. Everything else is refused, start-up scripts first of all. */
const METADATA_WITHOUT_EFFECT = [
  "block-project-ssh-keys",
  "cos-update-strategy",
  "enable-oslogin",
  "google-logging-enabled",
  "google-monitoring-enabled",
  "serial-port-enable",
];
const CONTAINER_OPTIMIZED_OS = /(^|\/)cos-cloud\//;

/** Reads a template. Throws an Error that names it, and what of it is missing or not emulated. */
export function parseTemplate(records: Records, record: CloudRecord): Template {
  const { id, outputs } = record;
  const at = `instance template ${shortName(id)}`;
  const labels = textsOf(object(outputs.labels));
  const { "user-data": userData, ...metadata } = textsOf(object(outputs.metadata));
  const unknown = Object.keys(metadata).find((key) => !METADATA_WITHOUT_EFFECT.includes(key));
  if (unknown !== undefined) throw new Error(`${at}: the sandbox does not know what metadata "${unknown}" does`);
  if (userData === undefined) throw new Error(`${at} has no metadata "user-data", so that its VMs run nothing`);
  const { sourceImage } = object(list(outputs.disks)[0]);
  if (!CONTAINER_OPTIMIZED_OS.test(text(sourceImage))) {
    throw new Error(`${at}: of images the sandbox emulates Container-Optimized OS only, not ${text(sourceImage)}`);
  }
  const { "failure-domain": failureDomain, role } = labels;
  if (failureDomain === undefined || role === undefined) {
    throw new Error(`${at} has no labels failure-domain and role, by which the sandbox tells machines apart`);
  }
  return {
    id,
    region: text(outputs.region),
    labels,
    failureDomain,
    role,
    serviceAccount: text(object(outputs.serviceAccount).email),
    network: networkOf(records, record, at),
    userData,
  };
}

/** {@link parseTemplate}, and that its VMs could run what it says: a mistake shows at the template, before there is any VM. */
export function checkTemplate(records: Records, record: CloudRecord): void {
  const { id, userData } = parseTemplate(records, record);
  try {
    interpretCloudInit(userData, "/");
  } catch (error) {
    throw new Error(`instance template ${shortName(id)}: ${(error as Error).message}`, { cause: error });
  }
}

function networkOf(records: Records, { outputs }: CloudRecord, at: string): string {
  const interfaces = list(outputs.networkInterfaces).map(object);
  const [nic] = interfaces;
  if (nic === undefined || interfaces.length > 1) throw new Error(`${at}: the sandbox emulates one network interface`);
  if (isAbsent(nic.subnetwork)) return needed(records, TYPES.network, text(nic.network), at).id;
  const subnetwork = needed(records, TYPES.subnetwork, text(nic.subnetwork), at);
  return relativeLink(text(subnetwork.outputs.network));
}

function textsOf(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
