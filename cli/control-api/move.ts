/** `clusters move`: transfers one user, and shows the phases as they pass. */
import type { Transfer } from "../../services/contracts/resources";
import type { Phase } from "../../services/contracts/transfers";
import { duration } from "../../preview/table";
import { EXIT } from "../exit-codes";
import { LiveLines } from "../live-lines";
import { paintFor, printJson, printResult, say } from "../terminal";
import type { ApiCommand, ApiOptions } from "./connect";
import { interruptible } from "./interrupt";
import { poll } from "./poll";
import { hasEnded, hasMoved, phaseLine, phasesSince, waitingFor } from "./transfer-view";

export interface MoveOptions extends ApiOptions {
  readonly to?: string;
  readonly emergency?: boolean;
  readonly reason?: string;
  readonly wait: boolean;
}

/** Phases last fractions of a second when all is well. */
const INTERVAL_MS = 250;
/** A wait shorter than this is nothing to tell of. */
const PATIENT_MS = 2_000;

/** Requests the transfer, follows it until the user has moved, and returns the exit code. */
export async function moveCommand(command: ApiCommand<MoveOptions>, user: string): Promise<number> {
  const { api, options } = command;
  const requested = await api.requestTransfer({
    user,
    ...(options.to !== undefined && { destination: options.to }),
    ...(options.emergency === true && { mode: "emergency" }),
    ...(options.reason !== undefined && { reason: options.reason }),
  });
  if (!options.wait) return finish(requested, options);
  const ended = await follow(command, requested);
  return ended === undefined ? EXIT.cancelled : finish(ended, options);
}

/** Ctrl-C, and a control API that stays away, end the watching and nothing else; undefined then. */
async function follow({ watching, environment }: ApiCommand, requested: Transfer): Promise<Transfer | undefined> {
  const view = new TransferProgress(requested);
  const seen = (transfer: Transfer): boolean => {
    view.show(transfer);
    return hasEnded(transfer);
  };
  const polling = { intervalMs: INTERVAL_MS, note: (text: string) => view.note(text) };
  let ended: Transfer | undefined;
  try {
    ended = await interruptible((signal) =>
      poll(() => watching.getTransfer(requested.id), seen, { ...polling, signal }),
    );
    return ended;
  } finally {
    view.stop();
    if (ended === undefined) {
      say(`The move goes on by itself. To see where it stands: clusters status ${environment.name}`);
    }
  }
}

/** A line per phase; while one lasts, whom it waits for: below the lines on a terminal, as a line of its own elsewhere. */
class TransferProgress {
  private readonly live = new LiveLines(process.stderr, () => this.waiting(), paintFor(process.stderr));
  private phase: Phase | undefined;
  private since = Date.now();
  private told = "";

  constructor(private transfer: Transfer) {
    this.show(transfer);
    this.live.start();
  }

  show(transfer: Transfer): void {
    this.transfer = transfer;
    const entered = phasesSince(this.phase, transfer.phase);
    for (const phase of entered) this.note(phaseLine(transfer, phase));
    if (entered.length > 0) this.since = Date.now();
    this.phase = transfer.phase;
    const waiting = waitingFor(transfer);
    if (this.live.shown || waiting === this.told || Date.now() - this.since < PATIENT_MS) return;
    this.told = waiting;
    if (waiting !== "") this.note(`${" ".repeat("publishing".length)}  waiting for ${waiting}`);
  }

  note(text: string): void {
    this.live.say(`${this.transfer.user}  ${text}`);
  }

  stop(): void {
    this.live.stop();
  }

  private waiting(): string[] {
    const waiting = waitingFor(this.transfer);
    if (waiting === "" || hasEnded(this.transfer)) return [];
    return [`${this.transfer.user}  ${duration((Date.now() - this.since) / 1000)}, waiting for ${waiting}`];
  }
}

function finish(transfer: Transfer, options: MoveOptions): number {
  if (options.json === true) printJson(transfer);
  else printResult(summary(transfer));
  return transfer.phase === "aborted" ? EXIT.failed : EXIT.ok;
}

function summary(transfer: Transfer): string {
  const { user, source, destination, phase, id } = transfer;
  if (hasMoved(transfer)) return `${user} lives in ${destination} now (transfer ${id})`;
  if (phase === "aborted") return `${user} still lives in ${source} (transfer ${id})`;
  return `${user} is on the way from ${source} to ${destination} (transfer ${id}, ${phase})`;
}
