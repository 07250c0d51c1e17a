import { judge, proofTable, remedies, type Expected, type Said, type Seen } from "../../../cli/sandbox/proof-rows";

const EXPECTED: Expected = {
  user: "ann",
  host: "hello.ann.apps.sandbox.test",
  kind: "app",
  cluster: "free",
  address: "127.20.1.9",
};

const VISIT = { status: 200, cluster: "free", by: "vm-1/4711", ms: 12.4 };
const says = (...addresses: string[]): Said => ({ addresses });

function seen(changes: Partial<Seen> = {}, dns: Record<string, Said> = {}): Seen {
  return {
    dns: new Map(Object.entries({ ns1: says("127.20.1.9"), ns2: says("127.20.1.9"), ...dns })),
    visit: VISIT,
    ...changes,
  };
}

const withoutVisit = (error?: string): Seen => ({ dns: seen().dns, ...(error !== undefined && { error }) });

describe("a name", () => {
  test("is well where all servers agree and the user's cluster has served it", () => {
    expect(judge(EXPECTED, seen()).trouble).toBeUndefined();
    const echo = { ...EXPECTED, kind: "WebSocket" } as const;
    expect(judge(echo, seen({ visit: { ...VISIT, status: 101 } })).trouble).toBeUndefined();
  });

  test.each<[string, Seen, string]>([
    [
      "a server says something else",
      seen({}, { ns2: says("127.20.1.10") }),
      "ns2 says that hello.ann.apps.sandbox.test is at 127.20.1.10, expected 127.20.1.9",
    ],
    [
      "a server is silent",
      seen({}, { ns2: { error: "ETIMEOUT" } }),
      "ns2 does not answer for hello.ann.apps.sandbox.test: ETIMEOUT",
    ],
    ["nobody is delegated to", { dns: new Map() }, "nobody was asked: the hosting zone is delegated to no name server"],
    [
      "the delegation is broken, whatever is still remembered",
      seen({ undelegated: "ns1: REFUSED" }),
      "the delegation of the hosting zone cannot be followed: ns1: REFUSED",
    ],
    [
      "nobody answers there",
      withoutVisit("connect ECONNREFUSED"),
      "hello.ann.apps.sandbox.test at 127.20.1.9 does not answer: connect ECONNREFUSED",
    ],
    [
      "an edge answers by itself",
      seen({ visit: { ...VISIT, status: 503, cluster: "" } }),
      "hello.ann.apps.sandbox.test at 127.20.1.9 answered 503, expected 200",
    ],
    [
      "another cluster serves",
      seen({ visit: { ...VISIT, cluster: "hackers" } }),
      "hello.ann.apps.sandbox.test was served by hackers, expected free",
    ],
  ])("is not well where %s", (_, saw, trouble) => {
    expect(judge(EXPECTED, saw).trouble).toBe(trouble);
  });
});

test("the table shows user, DNS answer, cluster that served and latency", () => {
  const rows = [
    judge(EXPECTED, seen()),
    judge({ ...EXPECTED, user: "ben", host: "hello.ben.test" }, withoutVisit("reset")),
  ];
  expect(proofTable(rows)).toBe(
    [
      "user  name                              DNS answer  cluster that served  machine/process  latency",
      "ann   hello.ann.apps.sandbox.test  app  127.20.1.9  free                 vm-1/4711        12 ms    ok",
      "ben   hello.ben.test               app  127.20.1.9  -                    -                -        FAILED",
    ].join("\n"),
  );
});

describe("what to do", () => {
  const row = judge(EXPECTED, withoutVisit("reset"));

  test("names what is not well, and where it says why", () => {
    const ailing = [{ name: "edge-1", failureDomain: "free", trouble: "its container edge ended with code 1" }];
    expect(remedies([row, row], ailing, ".sandbox/sandbox/cloud/logs")).toEqual([
      "hello.ann.apps.sandbox.test at 127.20.1.9 does not answer: reset",
      "free: edge-1 is not well: its container edge ended with code 1",
      "Mend what is not well first; what it says itself is below .sandbox/sandbox/cloud/logs/.",
    ]);
  });

  test("points at the stack where everything runs", () => {
    expect(remedies([row], [], "logs").at(-1)).toMatch(/^Everything runs that is declared.*compare the stack/);
  });
});
