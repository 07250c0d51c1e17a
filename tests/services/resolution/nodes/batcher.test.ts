import { Batcher } from "../../../../services/resolution/nodes/batcher";

/** A batcher whose writes are finished by hand. */
function heldBatcher() {
  const writes: { items: readonly number[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const batcher = new Batcher<number, string>(
    (items) =>
      new Promise((resolve, reject) => {
        writes.push({ items, finish: () => resolve(items.map((item) => `wrote ${item}`)), fail: reject });
      }),
  );
  return { batcher, writes };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("writes at once while idle, and together what comes while it writes", async () => {
  const { batcher, writes } = heldBatcher();
  const first = batcher.add(1);
  await turn();
  const others = [batcher.add(2), batcher.add(3)];
  await turn();
  expect(writes.map(({ items }) => items)).toEqual([[1]]);
  writes[0]?.finish();
  expect(await first).toBe("wrote 1");
  await turn();
  expect(writes.map(({ items }) => items)).toEqual([[1], [2, 3]]);
  writes[1]?.finish();
  expect(await Promise.all(others)).toEqual(["wrote 2", "wrote 3"]);
});

test("what could not be written is refused, and the next batch goes on", async () => {
  const { batcher, writes } = heldBatcher();
  const first = batcher.add(1);
  await turn();
  const second = batcher.add(2);
  writes[0]?.fail(new Error("no store"));
  await expect(first).rejects.toThrow("no store");
  await turn();
  writes[1]?.finish();
  expect(await second).toBe("wrote 2");
});

test("refuses more than it can hold, and bounds what is written at once", async () => {
  const { batcher, writes } = heldBatcher();
  const all = [batcher.add(0)];
  await turn();
  for (let item = 1; item <= 20_000; item++) all.push(batcher.add(item));
  await expect(batcher.add(-1)).rejects.toMatchObject({ type: "store-unavailable", retryAfterSeconds: 5 });
  const drained = batcher.drain();
  for (let index = 0; index <= 20; index++) {
    writes[index]?.finish();
    await turn();
  }
  await drained;
  expect(await Promise.all(all)).toHaveLength(20_001);
  expect(Math.max(...writes.map(({ items }) => items.length))).toBe(1_000);
});
