import fc from "fast-check";
import { changeKinds, emptyDigest, type Digest } from "../../preview/digest";
import { MARKDOWN_LIMIT, reportMarkdown } from "../../preview/markdown";
import type { Report, StackReport } from "../../preview/report";
import { change, stackReport, urn } from "./events";

function report(...stacks: StackReport[]): Report {
  return { environment: "prod", operation: "preview", stacks };
}

test("shows the table and each stack's changes with the reason of a replacement", () => {
  const digest: Digest = {
    ...emptyDigest,
    counts: { create: 1, update: 0, replace: 1, delete: 0, same: 7 },
    changes: [change("new"), change("vm", { kind: "replace", reasons: ["machineType"] })],
  };
  const markdown = reportMarkdown(report(stackReport("free", { digest }), stackReport("hackers")));
  expect(markdown).toContain("## `prod`: preview succeeded");
  expect(markdown).toContain("| free | 1 | 0 | 1 | 0 | 7 | succeeded | 1.3 s |");
  expect(markdown).toContain(
    "- **replace** `compute.Address vm`: because of machineType, created before the old one is deleted",
  );
  expect(markdown).not.toContain("(prod.hackers)");
});

test("what stops the reader comes before what does not", () => {
  const digest: Digest = {
    ...emptyDigest,
    changes: [change("new"), change("old", { kind: "delete" })],
    diagnostics: [{ severity: "error", message: "quota exceeded" }],
    violations: [{ policy: "small", pack: "rules", level: "mandatory", message: "too large" }],
  };
  const markdown = reportMarkdown(report(stackReport("free", { outcome: "failed", digest })));
  const order = ["policy small", "quota exceeded", "old", "new"].map((word) => markdown.indexOf(word));
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(order).not.toContain(-1);
  expect(markdown).toContain("preview **failed**");
});

test("names and messages do not become markup", () => {
  const digest: Digest = {
    ...emptyDigest,
    changes: [change("a`b\nc")],
    diagnostics: [{ severity: "error", message: "</details><script>*x*" }],
  };
  const markdown = reportMarkdown(report(stackReport("free", { digest })));
  expect(markdown).toContain("`compute.Address a'b'c`");
  expect(markdown).toContain("&lt;/details&gt;&lt;script&gt;\\*x\\*");
});

test("one large stack does not hide the others", () => {
  const many = Array.from({ length: 5_000 }, (_, index) => change(`resource-${index}`));
  const markdown = reportMarkdown(
    report(
      stackReport("large", { digest: { ...emptyDigest, changes: many } }),
      stackReport("small", { digest: { ...emptyDigest, changes: [change("only", { kind: "delete" })] } }),
    ),
  );
  expect(markdown).toContain("**delete** `compute.Address only`");
  expect(markdown).toMatch(/- \.\.\. and \d+ more\n/);
});

describe("for any report", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom("x".repeat(3_000), "&<>`|*_".repeat(400), "\n".repeat(500)),
  );
  const changes = fc.array(
    fc.record({
      name: text,
      kind: fc.constantFrom(...changeKinds),
      paths: fc.array(text, { maxLength: 8 }),
      deleteFirst: fc.boolean(),
    }),
    { maxLength: 8 },
  );
  const stack = fc
    .record({
      domain: text,
      outcome: fc.constantFrom("succeeded" as const, "failed" as const, "skipped" as const),
      changes,
      message: text,
      copies: fc.integer({ min: 1, max: 10 }),
    })
    .map(({ domain, outcome, changes, message, copies }) => {
      const found = changes.map(({ name, ...rest }) => change(name, { ...rest, reasons: rest.paths, urn: urn(name) }));
      const digest: Digest = {
        ...emptyDigest,
        changes: Array.from({ length: copies }, () => found).flat(),
        diagnostics: [{ severity: "error", message }],
      };
      return stackReport(domain, { outcome, digest });
    });
  const reports = fc
    .tuple(fc.array(stack, { maxLength: 4 }), fc.integer({ min: 1, max: 40 }))
    .map(([stacks, times]) => report(...Array.from({ length: times }, () => stacks).flat()));

  test("the text fits, and whatever is opened is closed", () => {
    fc.assert(
      fc.property(reports, (any) => {
        const markdown = reportMarkdown(any);
        expect(markdown.length).toBeLessThanOrEqual(MARKDOWN_LIMIT);
        expect(markdown.match(/<\/details>/g)?.length ?? 0).toBe(markdown.match(/<details/g)?.length ?? 0);
      }),
      { numRuns: 60 },
    );
  });
});
