/** Noticing that the documents have changed. By looking: links that are swapped, as Kubernetes does, escape file watchers. */
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { ClusterDocument } from "../../contracts/cluster";
import { parseDocuments, readFiles } from "./documents";

/** Milliseconds between looks. Kubernetes itself takes up to a minute to change the files. */
const INTERVAL_MS = 5_000;
/** Milliseconds after which documents are given out again. */
const REPEAT_MS = 300_000;

export interface WatchOptions {
  /** Milliseconds between looks; 5,000 by default. */
  readonly intervalMs?: number;
  /** Milliseconds after which unchanged documents are given out again; five minutes by default. */
  readonly repeatMs?: number;
  /** Told of documents that cannot be read, and of changes that `onChange` failed to take; both are tried again. */
  readonly onError?: (error: unknown) => void;
}

export interface ClusterWatch {
  /** Ends the watch; resolves when a change that is being taken has been. */
  stop(): Promise<void>;
}

/**
 * Calls `onChange` with the documents at the first look, whenever they have changed since it last succeeded, and now and then
 * without a change: a replica with older documents, about to be replaced, may have undone what came of these. One call at a
 * time. Documents with a mistake are reported once, and the last good ones stay in force.
 */
export function watchClusters(
  dir: string,
  onChange: (documents: ClusterDocument[]) => void | Promise<void>,
  { intervalMs = INTERVAL_MS, repeatMs = REPEAT_MS, onError = () => undefined }: WatchOptions = {},
): ClusterWatch {
  const stopping = new AbortController();
  const ended = look(stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };

  async function look(signal: AbortSignal): Promise<void> {
    let taken = "";
    let takenAt = -Infinity;
    let reported = "";
    while (!signal.aborted) {
      try {
        const files = await readFiles(dir);
        const digest = digestOf(files);
        if (digest !== taken || performance.now() - takenAt > repeatMs) {
          await onChange(parseDocuments(files));
          taken = digest;
          takenAt = performance.now();
        }
        reported = "";
      } catch (error) {
        if (String(error) !== reported) onError(error);
        reported = String(error);
      }
      await delay(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}

function digestOf(files: ReadonlyMap<string, string>): string {
  return createHash("sha256")
    .update(JSON.stringify([...files]))
    .digest("hex");
}
