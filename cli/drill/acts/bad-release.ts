/** A release that does not run reaches one cluster: the update stops by itself, what ran goes on serving. */
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseDocument } from "yaml";
import { PATIENCE_VARIABLE } from "../../../sandbox/cloud/client";
import { CancelledError } from "../../../deploy/errors";
import { sandboxDir } from "../../../deploy/local-site";
import { DrillError, type DrillContext } from "../drill";
import { fact, none } from "../expectation";
import { changedOutside } from "../targets";

/** An image that ends at once: see the local cloud's registry. */
const BROKEN = "broken";
/** How long the update waits for machines to become healthy, here: they never will. */
const PATIENCE_SECONDS = 20;
/** Until it has given up, with what comes before and after the wait. */
const STOP_SECONDS = 180;
const RESTORE_SECONDS = 300;

export async function badRelease(context: DrillContext): Promise<void> {
  const { live, cluster } = context;
  const folder = join(sandboxDir(live.project, live.environment.name), "drill");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `Pulumi.${live.environment.name}.yaml`);
  writeFileSync(file, withRelease(readFileSync(live.configFile, "utf8"), cluster, BROKEN));
  context.undo(`updating ${cluster} with the release that it had`, async () => {
    rmSync(folder, { recursive: true, force: true });
    context.note(`updating ${cluster} with the release that it had`);
    const { code, said } = await update(context, live.configFile, RESTORE_SECONDS, {});
    if (code !== 0)
      throw new DrillError(`clusters up ${live.environment.name} ${cluster} exited with ${code}: ${said}`);
  });
  const before = await live.cloud.client.units();
  context.note(`updating ${cluster} with a release that does not run`);
  const since = performance.now();
  const { code, said } = await update(
    context,
    file,
    STOP_SECONDS,
    { [PATIENCE_VARIABLE]: String(PATIENCE_SECONDS) },
    context.signal,
  );
  if (context.signal.aborted) throw new CancelledError();
  const seconds = (performance.now() - since) / 1000;
  const measured = code === 0 ? "it went through" : `after ${seconds.toFixed(0)} s`;
  const stopped = code === 1 && seconds < STOP_SECONDS;
  context.found(fact("the update stops by itself", `within ${STOP_SECONDS} s`, measured, stopped));
  if (!stopped) context.note(said);
  const changed = changedOutside(cluster, before, await live.cloud.client.units());
  context.found(none(`machines changed outside ${cluster}`, changed.length));
}

/** The configuration with another release for one cluster, everything else as it is written. Pure. */
export function withRelease(config: string, cluster: string, release: string): string {
  const document = parseDocument(config);
  document.setIn(["config", "platform:clusters", cluster, "release"], release);
  return document.toString({ lineWidth: 0 });
}

interface Ended {
  readonly code: number;
  /** The end of what it said. */
  readonly said: string;
}

const TAIL = 2_000;

/** The command itself, as a person or a pipeline would run it. Ended when the drill is: by a signal, as by Ctrl-C. */
async function update(
  { live, cluster }: DrillContext,
  configFile: string,
  seconds: number,
  variables: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Ended> {
  const { project, environment, cloud } = live;
  const words = [
    "up",
    environment.name,
    cluster,
    "--no-shared",
    "--yes",
    "--skip-preview",
    "--config-file",
    configFile,
  ];
  const log = createWriteStream(join(dirname(cloud.logFile), "drill-bad-release.log"), { flags: "a" });
  const child = spawn(process.execPath, [join(project.root, "cli", "clusters"), ...words], {
    // Ctrl-C in a terminal is for the drill, which puts things right.
    detached: true,
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-TAIL)));
    stream.pipe(log, { end: false });
  }
  const interrupt = (): void => void child.kill("SIGINT");
  const timer = setTimeout(interrupt, seconds * 1000);
  signal?.addEventListener("abort", interrupt);
  try {
    return await new Promise<Ended>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code: code ?? -1, said }));
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", interrupt);
    log.end();
  }
}
