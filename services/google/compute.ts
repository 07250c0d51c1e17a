/** Listing instances of Compute Engine. */
import { z } from "zod";
import { send, type SendPolicy } from "../http/send";

/** Asked every few seconds by those who know what it said last, so that a question which takes long is better asked again later. */
const POLICY: SendPolicy = { timeoutMs: 4_000, attempts: 2, backoff: { baseMs: 200, maxMs: 1_000 } };
/** The most that the API gives at once. */
const PAGE_SIZE = 500;
/** Far above what a zone of one cluster holds: an answer that does not end is none. */
const MAX_PAGES = 100;
const FIELDS = "items(name,status,labels,networkInterfaces/networkIP),nextPageToken";
const ENDPOINT = "https://compute.googleapis.com";

const page = z.object({
  items: z
    .array(
      z.object({
        name: z.string().min(1),
        status: z.string(),
        labels: z.record(z.string(), z.string()).default({}),
        networkInterfaces: z.array(z.object({ networkIP: z.string().optional() })).default([]),
      }),
    )
    .default([]),
  nextPageToken: z.string().min(1).optional(),
});
type Page = z.output<typeof page>;

export interface Instance {
  readonly name: string;
  /** Such as `RUNNING`. */
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Of its first interface, within the VPC; empty while it has none. */
  readonly address: string;
}

export interface ComputeOptions {
  readonly project: string;
  /** A valid access token; asked for before each request, so keep it. */
  readonly accessToken: () => Promise<string>;
  /** Base URL of the API. Default: Google's own. */
  readonly endpoint?: string | undefined;
}

export class ComputeApi {
  constructor(private readonly options: ComputeOptions) {}

  /** All instances of a zone that a filter of the API's lets through. Rejects rather than to give a part of them. */
  async instances(zone: string, filter: string): Promise<Instance[]> {
    const instances: Instance[] = [];
    let token: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const { items, nextPageToken } = await this.page(zone, filter, token);
      instances.push(...items.map(instanceOf));
      token = nextPageToken;
      if (token === undefined) return instances;
    }
    throw new Error(`instances of ${zone} cannot be listed: there are more than ${MAX_PAGES} pages`);
  }

  private async page(zone: string, filter: string, pageToken: string | undefined): Promise<Page> {
    const { project, endpoint = ENDPOINT, accessToken } = this.options;
    const path = `/compute/v1/projects/${encodeURIComponent(project)}/zones/${encodeURIComponent(zone)}/instances`;
    const query = {
      filter,
      fields: FIELDS,
      maxResults: String(PAGE_SIZE),
      ...(pageToken !== undefined && { pageToken }),
    };
    const url = new URL(`${endpoint.replace(/\/$/, "")}${path}?${new URLSearchParams(query).toString()}`);
    const headers = { authorization: `Bearer ${await accessToken()}` };
    const { status, text } = await send(url, { headers }, POLICY);
    if (status !== 200)
      throw new Error(`instances of ${zone} cannot be listed: ${url.host} answered ${status}${remedyFor(status)}`);
    const answer = page.safeParse(jsonOf(text));
    if (!answer.success) throw new Error(`instances of ${zone} cannot be listed: ${url.host} gave something else`);
    return answer.data;
  }
}

function instanceOf({ name, status, labels, networkInterfaces }: Page["items"][number]): Instance {
  return { name, status, labels, address: networkInterfaces[0]?.networkIP ?? "" };
}

function remedyFor(status: number): string {
  if (status === 403) return "; grant this service account compute.instances.list in the project";
  return status === 404 ? "; there is no such project or zone" : "";
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
