import { DiffKind } from "@pulumi/pulumi/automation";
import { announced, digestOf, ended, failed, said, step, urn, violated } from "./events";

describe("counts", () => {
  test("every kind of change is counted once per resource", () => {
    const { counts } = digestOf(
      step("create", urn("new")),
      step("update", urn("changed")),
      step("delete", urn("gone")),
      step("same", urn("kept")),
      step("same", urn("kept")),
      step("create-replacement", urn("swapped")),
      step("replace", urn("swapped")),
      step("delete-replaced", urn("swapped")),
    );
    expect(counts).toEqual({ create: 1, update: 1, replace: 1, delete: 1, same: 1 });
  });

  test("the stack and its providers are not resources", () => {
    const { counts, changes } = digestOf(
      step("create", urn("platform-prod.free", "pulumi:pulumi:Stack")),
      step("create", urn("google", "pulumi:providers:gcp")),
    );
    expect(counts.create).toBe(0);
    expect(changes).toEqual([]);
  });

  test("a step that was announced and never ended does not count, nor is it a change", () => {
    const { counts, changes } = digestOf(announced("create", urn("pending")));
    expect(counts.create).toBe(0);
    expect(changes).toEqual([]);
  });

  test("a step that failed does not count but is listed as failed", () => {
    const { counts, changes } = digestOf(announced("create", urn("broken")), failed("create", urn("broken")));
    expect(counts.create).toBe(0);
    expect(changes).toMatchObject([{ name: "broken", kind: "create", failed: true }]);
  });

  test("a refresh counts as what it ended as", () => {
    const { counts } = digestOf(
      announced("refresh", urn("a")),
      ended("update", urn("a")),
      announced("refresh", urn("b")),
      ended("same", urn("b")),
    );
    expect(counts).toMatchObject({ update: 1, same: 1 });
  });
});

describe("replacements", () => {
  test("name the property paths that force them, apart from those that merely change", () => {
    const detailedDiff = {
      "disk.size": { diffKind: DiffKind.update, inputDiff: true },
      machineType: { diffKind: DiffKind.updateReplace, inputDiff: true },
      "tags[0]": { diffKind: DiffKind.addReplace, inputDiff: true },
    };
    const { changes } = digestOf(
      step("create-replacement", urn("vm"), { detailedDiff }),
      step("delete-replaced", urn("vm")),
    );
    expect(changes).toMatchObject([
      {
        kind: "replace",
        reasons: ["machineType", "tags[0]"],
        paths: ["disk.size", "machineType", "tags[0]"],
        deleteFirst: false,
      },
    ]);
  });

  test("fall back on the keys of providers that give no detailed diff", () => {
    const { changes } = digestOf(
      step("create-replacement", urn("vm"), { keys: ["machineType"], diffs: ["machineType", "labels"] }),
    );
    expect(changes).toMatchObject([{ reasons: ["machineType"], paths: ["machineType", "labels"] }]);
  });

  test("that delete first are told from those that create first by the order of their steps", () => {
    const { changes } = digestOf(
      step("delete-replaced", urn("vm")),
      step("replace", urn("vm")),
      step("create-replacement", urn("vm")),
    );
    expect(changes).toMatchObject([{ kind: "replace", deleteFirst: true }]);
  });
});

describe("what was said", () => {
  test("a policy's violation carries rule, resource and the rule's words without its description", () => {
    const { violations } = digestOf(
      violated(
        "no-public-address",
        "<{%red%}>No machine is public.\nvm has one. Remedy: drop it.<{%reset%}>",
        urn("vm"),
      ),
    );
    expect(violations).toEqual([
      {
        policy: "no-public-address",
        pack: "rules",
        level: "mandatory",
        urn: urn("vm"),
        message: "vm has one. Remedy: drop it.",
      },
    ]);
  });

  test("messages come once, without colour and stack frames, and the engine's own last words not at all", () => {
    const { diagnostics } = digestOf(
      said("error", "<{%red%}>quota exceeded<{%reset%}>\n    at create (provider.ts:3:1)\n", urn("vm")),
      said("error", "quota exceeded", urn("vm")),
      said("error", "update failed\n"),
    );
    expect(diagnostics).toEqual([{ severity: "error", message: "quota exceeded", urn: urn("vm") }]);
  });

  test("a plugin that does not start is explained by the error that it printed", () => {
    const { diagnostics } = digestOf(
      said("info#err", "/pack/index.ts:3\n"),
      said("info#err", "ConfigError: 1 mistake\n"),
      said("info#err", "  project: is missing\n"),
      said("info#err", "    at read (/pack/index.ts:3:1)\n"),
      said("error", "policy pack failed to start: exit status 1"),
    );
    expect(diagnostics.map(({ message }) => message)).toEqual([
      "policy pack failed to start: exit status 1\nConfigError: 1 mistake\n  project: is missing",
    ]);
  });

  test("a message of any length is cut", () => {
    const { diagnostics } = digestOf(said("error", "x".repeat(100_000)));
    expect(diagnostics[0]?.message.length).toBeLessThan(2_000);
  });
});
