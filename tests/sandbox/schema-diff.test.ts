import type { Facts } from "../../sandbox/facts/fact";
import { sameLink } from "../../sandbox/gcp/links";
import { formatPath } from "../../sandbox/provider/property-path";
import { diffSchema } from "../../sandbox/provider/schema-diff";
import { type Properties, UNKNOWN } from "../../sandbox/provider/values";

const FACTS: Facts = {
  name: { type: "string", required: true, forceNew: true },
  size: { type: "int", optional: true },
  zone: { type: "string", optional: true, computed: true, forceNew: true },
  selfLink: { type: "string", computed: true },
  labels: { type: "map", optional: true },
  ports: { type: "set", optional: true },
  order: { type: "list", optional: true },
  network: { type: "string", optional: true, forceNew: true },
  disks: {
    type: "list",
    optional: true,
    forceNew: true,
    elem: {
      image: { type: "string", required: true, forceNew: true },
      note: { type: "string", optional: true },
      id: { type: "string", computed: true },
    },
  },
  backends: {
    type: "set",
    optional: true,
    elem: { group: { type: "string", required: true }, id: { type: "string", computed: true } },
  },
  config: {
    type: "list",
    optional: true,
    maxItems: 1,
    elem: { mode: { type: "string", optional: true, forceNew: true }, level: { type: "int", optional: true } },
  },
};
const OLD: Properties = {
  name: "n",
  zone: "z-a",
  selfLink: "https://example.com/n",
  labels: { a: "1", b: "2" },
  ports: ["80", "443"],
  order: ["x", "y"],
  network: "https://www.googleapis.com/compute/v1/projects/p/global/networks/n",
  disks: [{ image: "i", note: "m", id: "computed" }],
  backends: [{ group: "g1", id: "computed" }, { group: "g2" }],
  config: { mode: "m", level: 1 },
};
const SAME: Properties = {
  name: "n",
  labels: { a: "1", b: "2" },
  ports: ["80", "443"],
  order: ["x", "y"],
  network: "https://www.googleapis.com/compute/v1/projects/p/global/networks/n",
  disks: [{ image: "i", note: "m" }],
  backends: [{ group: "g1" }, { group: "g2" }],
  config: { mode: "m", level: 1 },
};

function changes(news: Properties): string[] {
  const found = diffSchema(FACTS, OLD, { ...SAME, ...news }, sameLink);
  return found.map(({ path, kind, replace }) => `${kind} ${formatPath(path)}${replace ? " replaces" : ""}`);
}

describe("the difference", () => {
  test.each<[string, Properties, string[]]>([
    ["nothing, when nothing changes", {}, []],
    ["nothing for a set in another order", { ports: ["443", "80"] }, []],
    ["nothing for a set of objects in another order", { backends: [{ group: "g2" }, { group: "g1" }] }, []],
    ["nothing for another form of the same link", { network: "projects/p/global/networks/n" }, []],
    ["nothing for a computed property that is not given", { zone: null }, []],
    ["nothing for a computed property given as it is", { zone: "z-a" }, []],
    ["nothing for an empty list of what was absent", { size: null }, []],
    ["a replacement for a property that forces one", { name: "m" }, ["update name replaces"]],
    ["a replacement for a computed property given differently", { zone: "z-b" }, ["update zone replaces"]],
    ["an addition", { size: 1 }, ["add size"]],
    ["a removal", { ports: null }, ["delete ports"]],
    ["keys of a map", { labels: { a: "9", c: "3" } }, ["update labels.a", "delete labels.b", "add labels.c"]],
    ["a key with dots in quotes", { labels: { a: "1", b: "2", "x.y": "3" } }, ['add labels["x.y"]']],
    ["a set as a whole", { ports: ["80", "8443"] }, ["update ports"]],
    ["a list element by element", { order: ["y", "x"] }, ["update order[0]", "update order[1]"]],
    ["a nested property in place", { disks: [{ image: "i", note: "other" }] }, ["update disks[0].note"]],
    [
      "a nested property that forces a replacement",
      { disks: [{ image: "j", note: "m" }] },
      ["update disks[0].image replaces"],
    ],
    [
      "a replacement for a further element",
      { disks: [{ image: "i", note: "m" }, { image: "k" }] },
      ["add disks[1] replaces"],
    ],
    [
      "no replacement for a harmless property of an object",
      { config: { mode: "m", level: 2 } },
      ["update config.level"],
    ],
    ["a replacement when an object with such a property goes", { config: null }, ["delete config replaces"]],
    ["an unknown value as a change", { order: ["x", UNKNOWN] }, ["update order[1]"]],
    ["an unknown value that may force a replacement", { name: UNKNOWN }, ["update name replaces"]],
    ["an unknown element of a set", { ports: ["80", UNKNOWN] }, ["update ports"]],
  ])("reports %s", (_, news, expected) => {
    expect(changes(news)).toEqual(expected);
  });
});
