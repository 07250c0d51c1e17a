/** Visitors of all sample users, as drills have them, around whatever a test does. */
import { Load } from "../../../../cli/drill/load/load";
import { groupsOf, reasonsOf } from "../../../../cli/drill/statistics";
import { openLive } from "../../../../cli/live/environment";
import { SANDBOX_DIR_VARIABLE } from "../../../../deploy/local-site";
import { platform } from "../../../../deploy/project";
import type { LiveSandbox } from "./live-sandbox";

export interface Noticed {
  readonly requests: number;
  /** Requests that failed: whose, when and why. */
  readonly failures: readonly string[];
  /** WebSockets that were cut without being told to open again. */
  readonly cut: number;
}

const SERVED_MS = 60_000;

/** Lets visitors ask for their apps while `work` is done, and from a moment before until everybody is served after it. */
export async function underLoad<T>(
  sandbox: LiveSandbox,
  work: () => Promise<T>,
): Promise<Noticed & { readonly result: T }> {
  const rows = (await sandbox.prove()).filter(({ kind }) => kind === "app");
  const residents = rows.map(({ user, expected: { cluster } }) => ({ user, cluster }));
  const load = await Load.start(await open(sandbox), residents);
  let result: T;
  try {
    await served(load);
    load.forget();
    result = await work();
    await served(load);
  } finally {
    await load.stop();
  }
  const groups = groupsOf(residents, load, { brokenMs: 0, liftedMs: 0 });
  const sum = (of: (group: (typeof groups)[number]) => number) => groups.reduce((total, group) => total + of(group), 0);
  return {
    result,
    requests: sum(({ requests }) => requests),
    failures: failuresOf(load),
    cut: sum(({ cut }) => cut),
  };
}

function failuresOf({ requests }: Load): string[] {
  return requests.flatMap(({ user, startedMs, failure }) => {
    return failure === undefined
      ? []
      : [`${user} ${new Date(performance.timeOrigin + startedMs).toISOString()}: ${failure}`];
  });
}

async function served(load: Load): Promise<void> {
  const since = performance.now();
  if (await load.served(since, SERVED_MS, () => undefined)) return;
  throw new Error(`not served: ${load.unserved(since).join(", ")} (${reasonsOf(load.requests, 5).join("; ")})`);
}

/** The command finds a sandbox by its environment, and so does what it is made of. */
async function open({ root, configFile }: LiveSandbox) {
  const before = process.env[SANDBOX_DIR_VARIABLE];
  process.env[SANDBOX_DIR_VARIABLE] = root;
  try {
    return await openLive(platform, { environment: "sandbox", configFile });
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, SANDBOX_DIR_VARIABLE);
    else process.env[SANDBOX_DIR_VARIABLE] = before;
  }
}
