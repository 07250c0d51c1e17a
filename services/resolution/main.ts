/** The control API as a process: settings from the environment, a clear end for every start that cannot succeed, a clean stop. */
import { MetadataServer } from "../google/metadata";
import { SettingsError } from "../settings/variables";
import { createLog } from "./log";
import { ResolutionService } from "./service";
import { readSettings, type Settings } from "./settings";

/** Kubernetes kills the pod soon after: see SHUTDOWN_SECONDS of its Deployment. */
const STOP_TIMEOUT_MS = 28_000;
const EXIT_FAILURE = 1;

async function main(): Promise<void> {
  const settings = settingsOrExit();
  const log = createLog(settings.logLevel);
  const metadata = new MetadataServer();
  const service = new ResolutionService({ settings, log, accessToken: () => metadata.accessToken() });
  const stopped = stopOnSignal(async () => {
    log.info({}, "stopping");
    await service.stop();
    log.info({}, "stopped");
  }, log);
  try {
    log.info(await service.start(), "serving");
  } catch (error) {
    if (stopped.asked) return;
    log.fatal({ err: error }, "cannot start");
    await service.stop().catch(() => undefined);
    process.exitCode = EXIT_FAILURE;
  }
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_FAILURE);
  }
}

/** Stops once, at the first signal, and gives up on it in time. */
function stopOnSignal(stop: () => Promise<void>, log: ReturnType<typeof createLog>): { readonly asked: boolean } {
  const state = { asked: false };
  const onSignal = () => {
    if (state.asked) return;
    state.asked = true;
    const giveUp = setTimeout(() => {
      log.fatal({}, `not stopped within ${STOP_TIMEOUT_MS} ms: ending at once`);
      process.exit(EXIT_FAILURE);
    }, STOP_TIMEOUT_MS).unref();
    stop().then(
      () => clearTimeout(giveUp),
      (error: unknown) => {
        log.fatal({ err: error }, "stopping failed: ending at once");
        process.exit(EXIT_FAILURE);
      },
    );
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, onSignal);
  return state;
}

void main();
