import { setTimeout as sleep } from "node:timers/promises";

/** Environment variable with the faults to inject: a JSON list of {@link Fault}. */
export const FAULTS_VARIABLE = "LOCAL_CLOUD_FAULTS";

const OPERATIONS = ["check", "diff", "create", "read", "update", "delete"] as const;
const EFFECTS = ["fail", "slow", "crash"] as const;
const MOMENTS = ["before", "after"] as const;
const MAXIMUM_MILLISECONDS = 600_000;

export type Operation = (typeof OPERATIONS)[number];
export type Moment = (typeof MOMENTS)[number];

/** A failure injected for a test. */
export interface Fault {
  readonly operation: Operation;
  /** The resource type's token; every type if absent. */
  readonly type?: string;
  /** Which matching call is hit, counted from 1 in each provider process; every one if absent. Previews do not count. */
  readonly nth?: number;
  /** `fail`: the call fails with `message`; `slow`: it takes `milliseconds` longer; `crash`: the process dies at once. */
  readonly effect: (typeof EFFECTS)[number];
  /** Before the record is written (default), or after it, when the cloud has done the work but nobody is told. */
  readonly when?: Moment;
  readonly milliseconds?: number;
  readonly message?: string;
}

/** Reads the faults from the value of {@link FAULTS_VARIABLE}; undefined and "" mean none. */
export function parseFaults(json: string | undefined): Fault[] {
  if (json === undefined || json.trim() === "") return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw new Error(`${FAULTS_VARIABLE} is not JSON (${String(error)}); expected a list of faults, such as ${EXAMPLE}`);
  }
  if (!Array.isArray(parsed)) throw new Error(`${FAULTS_VARIABLE} is not a list; expected, for example, ${EXAMPLE}`);
  return parsed.map(parseFault);
}

const EXAMPLE = '[{"operation": "create", "type": "gcp:compute/network:Network", "effect": "fail", "message": "no"}]';

/* Checked by hand: a schema library would double the time the provider needs to start. */
const FIELDS: Readonly<Record<keyof Fault, (value: unknown) => string | undefined>> = {
  operation: oneOf(OPERATIONS),
  type: (value) => (typeof value === "string" && value !== "" ? undefined : "the token of a resource type"),
  nth: integer(1, Number.MAX_SAFE_INTEGER),
  effect: oneOf(EFFECTS),
  when: oneOf(MOMENTS),
  milliseconds: integer(0, MAXIMUM_MILLISECONDS),
  message: (value) => (typeof value === "string" ? undefined : "a string"),
};

function oneOf(allowed: readonly string[]) {
  return (value: unknown) => (allowed.includes(value as string) ? undefined : `one of ${allowed.join(", ")}`);
}

function integer(minimum: number, maximum: number) {
  return (value: unknown) =>
    Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum
      ? undefined
      : `a whole number from ${minimum} to ${maximum}`;
}

function parseFault(value: unknown, index: number): Fault {
  const at = `${FAULTS_VARIABLE}[${index}]`;
  if (typeof value !== "object" || value === null) throw new Error(`${at} is not an object; expected as in ${EXAMPLE}`);
  const fault = value as Partial<Fault>;
  for (const key of Object.keys(fault)) {
    if (!(key in FIELDS)) throw new Error(`${at}.${key} is not known; use ${Object.keys(FIELDS).join(", ")}`);
  }
  for (const key of ["operation", "effect"] as const) {
    if (fault[key] === undefined) throw new Error(`${at}.${key} is missing; it must be ${FIELDS[key](undefined)}`);
  }
  for (const [key, found] of Object.entries(fault)) {
    const expected = FIELDS[key as keyof Fault](found);
    if (expected !== undefined) throw new Error(`${at}.${key} is ${JSON.stringify(found)}; it must be ${expected}`);
  }
  if (fault.effect === "slow" && fault.milliseconds === undefined) {
    throw new Error(`${at}.milliseconds is missing; "slow" needs to know by how much`);
  }
  return fault as Fault;
}

/** Injects faults into the calls of one provider process. */
export class FaultInjector {
  private readonly calls = new Map<Fault, number>();

  constructor(
    private readonly faults: readonly Fault[],
    /** Ends the process on the spot; replaced in tests. */
    private readonly die: () => void = () => process.kill(process.pid, "SIGKILL"),
  ) {}

  /** Counts one call and returns what has to be awaited before and after its record is written. */
  begin(operation: Operation, type: string): (moment: Moment) => Promise<void> {
    const hits = this.faults.filter((fault) => this.hits(fault, operation, type));
    return async (moment) => {
      for (const fault of hits) if ((fault.when ?? "before") === moment) await this.apply(fault, operation, type);
    };
  }

  private hits(fault: Fault, operation: Operation, type: string): boolean {
    if (fault.operation !== operation || (fault.type !== undefined && fault.type !== type)) return false;
    const call = (this.calls.get(fault) ?? 0) + 1;
    this.calls.set(fault, call);
    return fault.nth === undefined || fault.nth === call;
  }

  private async apply(fault: Fault, operation: Operation, type: string): Promise<void> {
    if (fault.milliseconds !== undefined) await sleep(fault.milliseconds);
    if (fault.effect === "crash") this.die();
    if (fault.effect === "fail") throw new Error(fault.message ?? `injected fault: ${operation} of ${type} failed`);
  }
}
