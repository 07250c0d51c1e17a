/** Records that an engine which was killed has left, with its state and records as files. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeOrphans } from "../../deploy/orphans";
import type { Site } from "../../deploy/site";
import { DIRECTORY_VARIABLE, RecordStore } from "../../sandbox/provider/store";
import { removeTempDirs, tempDir } from "../support/temp-dir";

const FIREWALL = "gcp:compute/firewall:Firewall";
const SERVICE = "gcp:projects/service:Service";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
}

let site: Pick<Site, "stateDir" | "variables">;
let root: string;

beforeEach(() => {
  root = join(tempDir(), "cloud");
  site = { stateDir: tempDir(), variables: { [DIRECTORY_VARIABLE]: root } };
});
afterEach(removeTempDirs);

function resource(stack: string, type: string, name: string, id = name): Resource {
  return { urn: `urn:pulumi:${stack}::platform::${type}::${name}`, type, id };
}

function knows(stack: string, resources: readonly Resource[]): void {
  const dir = join(site.stateDir ?? "", ".pulumi", "stacks", "platform");
  mkdirSync(dir, { recursive: true });
  // The first resource of every state is the stack, which no provider has an id for.
  const all = [{ urn: `urn:pulumi:${stack}::platform::pulumi:pulumi:Stack::${stack}`, type: "Stack" }, ...resources];
  writeFileSync(join(dir, `${stack}.json`), JSON.stringify({ checkpoint: { latest: { resources: all } } }));
}

function recorded(scope: string, { urn, type, id }: Resource): void {
  const at = new Date(0).toISOString();
  new RecordStore(root, scope).put({ type, id, urn, created: at, updated: at, inputs: {}, outputs: {}, secrets: [] });
}

const removeOf = (stack: string) => removeOrphans(site as Site, "platform", stack);
const idsOf = (scope: string, type: string) => new RecordStore(root, scope).list(type).map(({ id }) => id);

test("what a stack's state does not hold is removed, and nothing else", () => {
  const [noted, lost, others] = [
    resource("sandbox.free", FIREWALL, "noted"),
    resource("sandbox.free", FIREWALL, "lost"),
    resource("sandbox.free2", FIREWALL, "other-stack"),
  ];
  const outside = { urn: "of-nobody", type: FIREWALL, id: "outside" };
  knows("sandbox.free", [noted]);
  for (const each of [noted, lost, others, outside]) recorded("gcp", each);
  expect(removeOf("sandbox.free")).toBe(1);
  expect(idsOf("gcp", FIREWALL)).toEqual(["noted", "other-stack", "outside"]);
  expect(removeOf("sandbox.free")).toBe(0);
});

test("what another stack holds too stays, whoever has recorded it last", () => {
  knows("sandbox.free2", [resource("sandbox.free2", SERVICE, "apis", "acme/compute.googleapis.com")]);
  recorded("gcp", resource("sandbox.free", SERVICE, "apis", "acme/compute.googleapis.com"));
  expect(removeOf("sandbox.free")).toBe(0);
});

test("an object is found to be lost in one Kubernetes cluster, although another has one of its name", () => {
  const [west1, west4] = ["west1", "west4"].map((region) => resource("sandbox", DEPLOYMENT, `api-${region}`, "ns/api"));
  knows("sandbox", [west1!]);
  recorded("kubernetes/one.gke.goog", west1!);
  recorded("kubernetes/two.gke.goog", west4!);
  expect(removeOf("sandbox")).toBe(1);
  expect(idsOf("kubernetes/one.gke.goog", DEPLOYMENT)).toEqual(["ns/api"]);
  expect(idsOf("kubernetes/two.gke.goog", DEPLOYMENT)).toEqual([]);
});

test("a stack that has no state yet has left everything that is recorded of it", () => {
  recorded("gcp", resource("sandbox.free", FIREWALL, "lost"));
  expect(removeOf("sandbox.free")).toBe(1);
});
