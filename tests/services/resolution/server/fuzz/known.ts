/** What exists in the service that is fuzzed, so that requests get past its first check. */
import fc from "fast-check";
import type { FuzzedRequest } from "./requests";
import type { Meanings } from "./schema-values";

/** Of few, so that they exist more often than not. */
const label = fc.constantFrom("jane", "joe", "Ann", "bob", "u1", "u2", "u3", "u4", "u5", "nobody", "clusters");
const cluster = fc.constantFrom("free", "pro", "reserve", "reserve", "tiny", "new", "old", "nowhere");
const domain = fc.constantFrom("www.customer.example", "Shop.Customer.example.", "bücher.example", "slow.example");
const node = fc.constantFrom("n1", "n2", "pod-0.europe-west1");
const incarnation = fc.constantFrom("6ab72b23-fc6c-4b5e-a58c-ef71d13b05a0", "0b1f5a52-3c5e-4d7c-9b4e-0d8f1f0f9a11");
const host = fc.oneof(
  domain,
  label.map((user) => `shop.${user}.apps.example`),
);

/** Who stays whatever is sent: a user whom no other request names, and a node that is connected. */
export const KEPT_USER = "kept";
export const KEPT_NODE = {
  kind: "edge",
  cluster: "free",
  node: "kept",
  incarnation: "b0a7c7a5-41c3-4c9e-93a1-6f3a7f1f3f6d",
};

const { node: nodeName, ...keptNode } = KEPT_NODE;
const keptDomain = domain.map((name) => ({ name, url: `/v1/users/${KEPT_USER}/domains/${encodeURIComponent(name)}` }));

/** Requests of which several parts must go together to be right, by operation; the rest of each is fuzzed. */
export const EXAMPLES: Readonly<Record<string, fc.Arbitrary<Partial<FuzzedRequest>>>> = {
  claimDomain: domain.map((name) => ({
    url: `/v1/users/${KEPT_USER}/domains`,
    body: JSON.stringify({ name, host: `shop.${KEPT_USER}.apps.example` }),
  })),
  verifyDomain: keptDomain.map(({ url }) => ({ url: `${url}/verify`, body: undefined })),
  releaseDomain: keptDomain.map(({ url }) => ({ url, body: undefined })),
  acknowledge: fc.nat().map((revision) => ({
    caller: "edge of free",
    url: `/v1/nodes/${nodeName}/acknowledgements`,
    body: JSON.stringify({ ...keptNode, revision }),
  })),
};

/** A placeholder for something of a kind that the service has told of. */
function placeholder(kind: Kind): fc.Arbitrary<string> {
  return fc.nat({ max: 50 }).map((index) => `{{${kind}:${index}}}`);
}

const KINDS = ["transfer", "evacuation", "cursor"] as const;
type Kind = (typeof KINDS)[number];

/** By name of parameter or member; `<collection>.<name>` is for paths in that collection only. */
export const MEANINGS: Meanings = {
  label,
  user: label,
  users: label,
  requested: label,
  cluster,
  source: cluster,
  destination: cluster,
  destinations: cluster,
  holder: cluster,
  plan: fc.constantFrom("free", "pro", "empty", "gold"),
  host,
  domain,
  name: domain,
  "clusters.name": cluster,
  "nodes.name": node,
  node,
  incarnation,
  scope: fc.constantFrom("dns", "edge:free", "host:pro", "edge:nowhere"),
  "transfers.id": placeholder("transfer"),
  "evacuations.id": placeholder("evacuation"),
  evacuation: placeholder("evacuation"),
  cursor: fc.oneof(
    { weight: 3, arbitrary: placeholder("cursor") },
    // The form of a cursor, with parts of anybody's making.
    {
      weight: 2,
      arbitrary: fc
        .array(
          fc.oneof(
            label,
            fc.uuid(),
            fc.constantFrom("", "0", "-1", "99999999999999999999", "2026-02-30T00:00:00Z", "infinity", "\0"),
          ),
          { maxLength: 3 },
        )
        .map((key) => Buffer.from(JSON.stringify(key)).toString("base64url")),
    },
  ),
  target: label.map((user) => `user/${user}`),
};

/** Where the id of what an operation answers belongs. */
const ID_OF: Readonly<Record<string, Kind>> = {
  requestTransfer: "transfer",
  startEvacuation: "evacuation",
};
/** The last of each kind, so that the newest are used. */
const REMEMBERED = 20;

export class Known {
  private readonly values = new Map<string, string[]>(KINDS.map((kind) => [kind, []]));

  /** Takes note of what an answer tells of. */
  learn(operation: string, answer: unknown): void {
    const { id, next, transfer } = answer as { id?: string; next?: string; transfer?: { id: string } };
    const kind = ID_OF[operation];
    if (kind !== undefined && id !== undefined) this.add(kind, id);
    if (transfer !== undefined) this.add("transfer", transfer.id);
    if (next !== undefined) this.add("cursor", next);
  }

  /** The request with the present things of their kinds for its placeholders. */
  fillIn<R extends Pick<FuzzedRequest, "url" | "body">>(request: R): R {
    const { url, body } = request;
    return { ...request, url: this.fill(url), ...(body !== undefined && { body: this.fill(body) }) };
  }

  private fill(text: string): string {
    return text.replace(/\{\{(\w+):(\d+)\}\}/g, (_, kind: string, index: string) => {
      const values = this.values.get(kind) ?? [];
      return values[Number(index) % Math.max(1, values.length)] ?? "6ab72b23-fc6c-4b5e-a58c-ef71d13b05a0";
    });
  }

  private add(kind: Kind, value: string): void {
    const values = this.values.get(kind) ?? [];
    values.push(value);
    if (values.length > REMEMBERED) values.shift();
  }
}
