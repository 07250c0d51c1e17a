import { Acknowledgements, type Progress } from "../../../../services/contracts/follow/acknowledgements";
import { until } from "../../../support/until";

/** Acknowledgements whose requests are answered by hand. */
function heldAcknowledgements() {
  const sent: { readonly progress: Progress; accept: () => void; fail: () => void }[] = [];
  let underWay = 0;
  let most = 0;
  const acknowledgements = new Acknowledgements(
    (progress) => {
      most = Math.max(most, ++underWay);
      return new Promise((resolve, reject) => {
        const done = (end: () => void) => () => {
          underWay--;
          end();
        };
        sent.push({ progress, accept: done(resolve), fail: done(() => reject(new Error("refused"))) });
      });
    },
    { baseMs: 5, maxMs: 10 },
  );
  const request = (number: number) => until(`request ${number}`, () => sent[number - 1]);
  return { acknowledgements, sent, request, mostAtOnce: () => most };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("one request is under way; what is reported meanwhile goes with the next, the latest only", async () => {
  const { acknowledgements, sent, request, mostAtOnce } = heldAcknowledgements();
  for (const revision of [1, 2, 3]) acknowledgements.report(revision);
  (await request(1)).accept();
  (await request(2)).accept();
  await turn();
  expect(sent.map(({ progress }) => progress)).toEqual([{ revision: 1 }, { revision: 3 }]);
  expect(mostAtOnce()).toBe(1);
});

test("what could not be sent is sent again, or what has come to be the latest by then", async () => {
  const { acknowledgements, request } = heldAcknowledgements();
  acknowledgements.report(1, ["a"]);
  const first = await request(1);
  acknowledgements.report(2, ["b"]);
  first.fail();
  const second = await request(2);
  expect(second.progress).toEqual({ revision: 2, requested: ["a", "b"] });
  second.fail();
  const third = await request(3);
  expect(third.progress).toEqual(second.progress);
  third.accept();
  await turn();
  acknowledgements.repeat();
  expect((await request(4)).progress).toEqual({ revision: 2 });
});

test("more users than one request takes go in several", async () => {
  const { acknowledgements, sent, request } = heldAcknowledgements();
  acknowledgements.report(
    1,
    Array.from({ length: 25_000 }, (_, index) => `u${index}`),
  );
  for (const number of [1, 2, 3]) (await request(number)).accept();
  await turn();
  expect(sent.map(({ progress }) => progress.requested?.length)).toEqual([10_000, 10_000, 5_000]);
  expect(new Set(sent.flatMap(({ progress }) => progress.requested)).size).toBe(25_000);
});

test("after a start from nothing a lower revision is the latest", async () => {
  const { acknowledgements, request } = heldAcknowledgements();
  acknowledgements.report(50);
  (await request(1)).accept();
  acknowledgements.report(3);
  expect((await request(2)).progress).toEqual({ revision: 3 });
});

test("nothing is sent once it has stopped, not even again", async () => {
  const { acknowledgements, sent, request } = heldAcknowledgements();
  acknowledgements.report(1);
  const first = await request(1);
  const stopped = acknowledgements.stop();
  first.fail();
  await stopped;
  acknowledgements.report(2);
  await turn();
  expect(sent).toHaveLength(1);
});
