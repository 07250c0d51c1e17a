/**
 * What the size of an environment costs: (b) adding a cluster to one of 2, 10, 50; (c) previewing it whole. All sizes are
 * deployed first, side by side, so that a round measures them one right after another.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forEachBounded } from "../deploy/pool";
import { defaultParallel } from "../deploy/operation";
import { clusterAt, writeEnvironment } from "./environments";
import { measure, type Measurement } from "./measure";
import { seconds, type Result } from "./result";
import { median, pairedRatio } from "./statistics";

/** 50 clusters against 2. */
const ADD_LIMIT = 1.2;

type Progress = (text: string) => void;

interface DeployedEnvironment {
  readonly size: number;
  readonly folder: string;
  readonly addSeconds: number[];
  readonly previewSeconds: number[];
}

/** `sizes` in rising order; ratios are against the first. */
export async function environmentGrowth(
  sizes: readonly number[],
  rounds: number,
  progress: Progress,
): Promise<Result[]> {
  const root = mkdtempSync(join(tmpdir(), "bench-growth-"));
  try {
    const environments: DeployedEnvironment[] = [];
    for (const size of sizes) environments.push(await deploy(join(root, String(size)), size, progress));
    for (let round = 1; round <= rounds; round++) {
      for (const environment of environments) {
        progress(`environment of ${environment.size}: round ${round} of ${rounds}`);
        environment.previewSeconds.push(await previewAll(environment));
        environment.addSeconds.push(await addCluster(environment, round));
      }
    }
    return [adding(environments, rounds), previewing(environments, rounds)];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function deploy(folder: string, size: number, progress: Progress): Promise<DeployedEnvironment> {
  mkdirSync(folder);
  const configFile = writeEnvironment(folder, size);
  let done = 0;
  const names = Array.from({ length: size }, (_, index) => clusterAt(index));
  const up = async (cluster: string) => {
    await clusters(folder, ["up", "prod", cluster, "--no-shared", "--skip-preview", "--yes"], configFile);
    progress(`deploying ${size} clusters: ${(done += 1)} done`);
  };
  // The first one makes the folder's passphrase and keys, which the others then share.
  await up(clusterAt(0));
  await forEachBounded(names.slice(1), defaultParallel(), up);
  await clusters(folder, ["up", "prod", "shared", "--skip-preview", "--yes"], configFile);
  return { size, folder, addSeconds: [], previewSeconds: [] };
}

/** The whole of what a person runs to add a cluster: its stack and then the shared one, preview included. */
async function addCluster({ folder, size }: DeployedEnvironment, round: number): Promise<number> {
  const added = size + round - 1;
  const configFile = writeEnvironment(folder, added + 1);
  return (await clusters(folder, ["up", "prod", clusterAt(added), "--yes"], configFile)).seconds;
}

/** What a pull request runs. */
async function previewAll({ folder }: DeployedEnvironment): Promise<number> {
  return (await clusters(folder, ["preview", "prod"], join(folder, "Pulumi.prod.yaml"))).seconds;
}

function clusters(folder: string, args: readonly string[], configFile: string): Promise<Measurement> {
  return measure({
    command: join(__dirname, "..", "cli", "clusters"),
    args: [...args, "--cloud", "records", "--config-file", configFile],
    environment: { ...process.env, CLUSTERS_SANDBOX_DIR: folder },
  });
}

function adding(environments: readonly DeployedEnvironment[], rounds: number): Result {
  const [first, ...others] = environments;
  const last = others.at(-1);
  const rows = others.map((environment) => ({
    what: `environment of ${environment.size} / of ${first?.size}`,
    measured: seconds(median(environment.addSeconds)),
    against: seconds(median(first?.addSeconds ?? [])),
    ratio: pairedRatio(environment.addSeconds, first?.addSeconds ?? []),
    ...(environment === last && { limit: ADD_LIMIT }),
  }));
  return { name: "(b) adding a cluster", rounds, rows };
}

function previewing(environments: readonly DeployedEnvironment[], rounds: number): Result {
  const [first, ...others] = environments;
  const rows = others.map((environment) => ({
    what: `environment of ${environment.size} / of ${first?.size}`,
    measured: seconds(median(environment.previewSeconds)),
    against: seconds(median(first?.previewSeconds ?? [])),
    ratio: pairedRatio(environment.previewSeconds, first?.previewSeconds ?? []),
    // Linear in the number of stacks: the clusters and the shared one.
    limit: (environment.size + 1) / ((first?.size ?? NaN) + 1),
  }));
  return { name: "(c) preview of a whole environment", rounds, rows };
}
