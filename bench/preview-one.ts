/** (a) Wall time and peak memory of previewing one cluster, against as many plain resources with the same provider. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeEnvironment } from "./environments";
import { measure, type Measurement } from "./measure";
import { megabytes, seconds, type Result, type Row } from "./result";
import { median, pairedRatio } from "./statistics";

const LIMIT = 1.3;

type Progress = (text: string) => void;

export async function previewOne(rounds: number, progress: Progress): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "bench-preview-"));
  try {
    const configFile = writeEnvironment(folder, 1);
    const run = (variant: string, policies: string, count: number) =>
      preview(folder, configFile, variant, policies, count);
    // Not counted: it warms caches, creates the empty stack and tells how many resources a cluster has.
    const count = Number((await run("cluster", "no-policies", 0)).stdout);
    await run("plain", "no-policies", count);
    const cluster: Measurement[] = [];
    const plain: Measurement[] = [];
    const checked: Measurement[] = [];
    for (let round = 1; round <= rounds; round++) {
      progress(`preview of one cluster: round ${round} of ${rounds}`);
      cluster.push(await run("cluster", "no-policies", count));
      plain.push(await run("plain", "no-policies", count));
      checked.push(await run("cluster", "with-policies", count));
    }
    const rows = [
      ...compare(`cluster of ${count} resources / ${count} plain ones`, cluster, plain, LIMIT),
      ...compare("cluster with policy pack / without", checked, cluster),
    ];
    return { name: "(a) preview of one cluster", rounds, rows };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function preview(
  folder: string,
  configFile: string,
  variant: string,
  policies: string,
  count: number,
): Promise<Measurement> {
  return measure({
    command: process.execPath,
    args: [
      "--require",
      join(__dirname, "..", "tools", "typescript.cjs"),
      join(__dirname, "preview-worker.ts"),
      variant,
      policies,
      configFile,
      String(count),
    ],
    environment: { ...process.env, CLUSTERS_SANDBOX_DIR: folder },
  });
}

function compare(
  what: string,
  measured: readonly Measurement[],
  against: readonly Measurement[],
  limit?: number,
): Row[] {
  const row = (name: string, value: (m: Measurement) => number, show: (value: number) => string): Row => ({
    what: `${what}, ${name}`,
    measured: show(median(measured.map(value))),
    against: show(median(against.map(value))),
    ratio: pairedRatio(measured.map(value), against.map(value)),
    ...(limit !== undefined && { limit }),
  });
  return [row("wall time", (m) => m.seconds, seconds), row("peak memory", (m) => m.peakMb, megabytes)];
}
