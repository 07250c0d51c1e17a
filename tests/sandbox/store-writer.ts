// A process that competes with its siblings for the same records; tells its parent which ids it created.
import { RecordStore } from "../../sandbox/provider/store";

const TYPE = "gcp:compute/network:Network";
const [root = "", writer = ""] = process.argv.slice(2);
const store = new RecordStore(root, "gcp");
const time = new Date(0).toISOString();
const created: string[] = [];
for (let index = 0; index < 60; index++) {
  const id = `network-${index}`;
  const inputs = { writer, filler: "x".repeat(10_000) };
  const record = { type: TYPE, id, urn: "urn", created: time, updated: time, inputs, outputs: {}, secrets: [] };
  if (store.create(record)) created.push(id);
  else store.put(record);
  store.list(TYPE);
}
process.send?.(created, () => process.disconnect());
