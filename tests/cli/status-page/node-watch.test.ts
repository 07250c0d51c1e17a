import { NodeWatch } from "../../../cli/status-page/node-watch";
import { nodeOf } from "../samples";

const behind = nodeOf({ lag: 3, appliedRevision: 10 });
const KEY = "edge:free/edge-1";

test("a node that is behind for a moment does not lag", () => {
  const watch = new NodeWatch();
  expect(watch.lagging([behind], 0).size).toBe(0);
  expect(watch.lagging([{ ...behind, appliedRevision: 11 }], 6_000).size).toBe(0);
  expect(watch.lagging([{ ...behind, lag: 0, appliedRevision: 14 }], 12_000).size).toBe(0);
});

test("a node that stands still with something to apply lags after five seconds", () => {
  const watch = new NodeWatch();
  watch.lagging([behind], 0);
  expect(watch.lagging([behind], 4_999).size).toBe(0);
  expect(watch.lagging([{ ...behind, lag: 9 }], 5_000)).toEqual(new Set([KEY]));
});

test("the wait begins anew when it has moved, or was gone", () => {
  const watch = new NodeWatch();
  watch.lagging([behind], 0);
  watch.lagging([], 3_000);
  watch.lagging([behind], 4_000);
  expect(watch.lagging([behind], 6_000).size).toBe(0);
});

test("a node that is far behind lags at once", () => {
  expect(new NodeWatch().lagging([{ ...behind, lag: 1_000 }], 0)).toEqual(new Set([KEY]));
});

test("a silent node is silent, not lagging", () => {
  expect(new NodeWatch().lagging([{ ...behind, live: false, lag: 5_000 }], 0).size).toBe(0);
});
