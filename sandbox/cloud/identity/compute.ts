/** Compute Engine: the list of a zone's instances. Pure. */
import { json, type Answer } from "../../issuer/listener";
import type { Firewall, Instance } from "../context";
import type { Records } from "../controller";
import { apiError } from "./api-answers";
import { selectFields } from "./field-mask";
import { isGranted, memberOf, projectGrants, rolesWith } from "./grants";
import { parseFilter } from "./list-filter";

const PATH = /^\/compute\/v1\/projects\/([^/]+)\/zones\/([^/]+)\/instances$/;
const ZONE = /^[a-z]+-[a-z]+\d+-[a-z]$/;
const PERMISSION = "compute.instances.list";
const VIEWER = "roles/compute.viewer";
const SERVICE = "compute.googleapis.com";
const MAX_RESULTS = 500;

/** What an account asks for. */
export interface InstanceList {
  readonly project: string;
  readonly zone: string;
  readonly query: URLSearchParams;
}

export interface ComputeState {
  readonly records: Records;
  readonly instances: readonly Instance[];
  readonly firewall: Firewall;
  /** An address at which nobody listens. */
  readonly nowhere: string;
}

/** Undefined for a URL that asks for something else. */
export function parseList({ pathname, searchParams }: URL): InstanceList | undefined {
  const [, project, zone] = PATH.exec(pathname) ?? [];
  return project === undefined || zone === undefined
    ? undefined
    : { project: decodeURIComponent(project), zone: decodeURIComponent(zone), query: searchParams };
}

/** Whether an account may list a project's instances. Throws for a condition that is not emulated. */
export function mayList(records: Records, project: string, account: string): boolean {
  const roles = [VIEWER, ...rolesWith(records, project, PERMISSION)];
  const resource = {
    name: `projects/${project}`,
    type: "cloudresourcemanager.googleapis.com/Project",
    service: SERVICE,
  };
  return isGranted(projectGrants(records, project), memberOf(account), roles, resource);
}

/** The answer to an account that asks for a zone's instances. */
export function listInstances(state: ComputeState, { project, zone, query }: InstanceList, account: string): Answer {
  if (!mayList(state.records, project, account))
    return apiError(403, `Required '${PERMISSION}' permission for 'projects/${project}'`);
  if (!ZONE.test(zone)) return apiError(404, `The resource 'projects/${project}/zones/${zone}' was not found`);
  try {
    const matches = parseFilter(query.get("filter") ?? "");
    const items = state.instances
      .filter((instance) => instance.zone === zone)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((instance) => resourceOf(instance, project, addressFor(state, instance, account)))
      .filter(matches);
    const body = page(items, query);
    const fields = query.get("fields");
    return json(fields === null ? body : selectFields(body, fields));
  } catch (error) {
    if (error instanceof SyntaxError) return apiError(400, error.message);
    throw error;
  }
}

/**
 * The instance's address, as far as the account's machines may connect to it: where rules do not let them in to one of its containers'
 * ports, packets would vanish, and here they go where nobody is.
 */
function addressFor({ records, firewall, nowhere }: ComputeState, instance: Instance, serviceAccount: string): string {
  const ports = new Set(instance.machine.spec.containers.flatMap((container) => container.ports ?? []));
  const isOpen = (port: number) => firewall.allows(records, instance, port, { serviceAccount }).allowed;
  return [...ports].every(isOpen) ? instance.address : nowhere;
}

function resourceOf(instance: Instance, project: string, networkIP: string) {
  const { name, zone, status, labels, network, serviceAccount } = instance;
  const zoneLink = `https://www.googleapis.com/compute/v1/projects/${project}/zones/${zone}`;
  return {
    kind: "compute#instance",
    name,
    status,
    labels,
    zone: zoneLink,
    selfLink: `${zoneLink}/instances/${name}`,
    networkInterfaces: [{ name: "nic0", network, networkIP }],
    serviceAccounts: serviceAccount === "" ? [] : [{ email: serviceAccount }],
  };
}

/** One page; its token is the name that the next one begins after. */
function page<T extends { readonly name: string }>(items: readonly T[], query: URLSearchParams) {
  const size = Number(query.get("maxResults") ?? MAX_RESULTS);
  if (!Number.isInteger(size) || size < 1 || size > MAX_RESULTS)
    throw new SyntaxError(`Invalid value for field 'maxResults': '${query.get("maxResults")}'`);
  const after = Buffer.from(query.get("pageToken") ?? "", "base64url").toString("utf8");
  const rest = items.filter(({ name }) => name > after);
  const shown = rest.slice(0, size);
  const last = rest.length > size ? shown.at(-1) : undefined;
  return {
    kind: "compute#instanceList",
    // As Google, no list rather than an empty one.
    ...(shown.length > 0 && { items: shown }),
    ...(last !== undefined && { nextPageToken: Buffer.from(last.name).toString("base64url") }),
  };
}
