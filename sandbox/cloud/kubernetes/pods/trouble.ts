/** Why a pod is not ready, for people: which container, what its probe heard, what it said last. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../../machine";
import type { ContainerHealth } from "../probes/container-health";
import type { PodPlan } from "./pod-plan";

export interface Trouble {
  readonly because: string;
  /** Whether time alone will not mend it. */
  readonly lasting: boolean;
}

/** How machines begin to say so; see ContainerState.trouble. */
const CANNOT_BE_PULLED = /^image \S+ cannot be pulled/;
/** Bytes at a log's end that hold its last line, and characters of it that are told. */
const TAIL_BYTES = 4096;
const LINE_LENGTH = 300;

/** The first container in the order of starting that is not ready, and why. */
export function troubleOf(
  plan: PodPlan,
  machine: Machine,
  healths: ReadonlyMap<string, ContainerHealth>,
  directory: string,
): Trouble {
  const container = plan.containers.find(({ name }) => healths.get(name)?.ready !== true);
  if (container === undefined) return { because: "it was not looked at yet", lasting: false };
  const { name } = container;
  const { state, trouble, restarts } = machine.containers.find((candidate) => candidate.name === name)!;
  const again = restarts === 0 ? "" : ` (restarted ${restarts} ${restarts === 1 ? "time" : "times"})`;
  const of = `container ${name}${again}`;
  if (state !== "running") {
    const lasting = CANNOT_BE_PULLED.test(trouble ?? "");
    return { because: `${of}: ${trouble ?? `is ${state}`}`, lasting };
  }
  const line = lastLine(join(directory, "logs", machine.spec.name, `${name}.log`));
  const said = line === undefined ? "" : `; its log ends with: ${line}`;
  return { because: `${of}: ${healths.get(name)?.because ?? "was not looked at yet"}${said}`, lasting: false };
}

/** The last line of a file; undefined if it is empty or is not there. */
export function lastLine(file: string): string | undefined {
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(handle);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(handle, buffer, 0, buffer.length, size - buffer.length);
    const line = buffer.toString("utf8").trimEnd().split("\n").at(-1)?.trim() ?? "";
    return line === "" ? undefined : line.slice(0, LINE_LENGTH);
  } finally {
    closeSync(handle);
  }
}
