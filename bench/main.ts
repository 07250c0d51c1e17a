/** `make bench`: runs the benchmarks, prints one table, and writes the same as JSON with `--json FILE`. */
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { benchmarkEdge, EDGE_PARTS } from "./edge";
import { environmentGrowth } from "./environment-growth";
import { previewOne } from "./preview-one";
import { table, type Result } from "./result";
import { benchmarkService, SERVICE_PARTS } from "./services";

interface Options {
  readonly rounds: number;
  readonly sizes: readonly number[];
  readonly only: readonly Part[];
  readonly moved: number;
  readonly users: number;
  readonly entries: number;
  readonly seconds: number;
  readonly json?: string;
}

const PARTS = ["preview", "growth", ...SERVICE_PARTS, ...EDGE_PARTS] as const;
type Part = (typeof PARTS)[number];

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("not a whole number of at least 1");
  return value;
}

function sizes(text: string): number[] {
  const values = text.split(",").map(positive);
  // 10.16.0.0 to 10.255.0.0, less the clusters that the rounds add.
  if (values.some((value) => value > 200)) throw new InvalidArgumentError("at most 200 clusters fit the address plan");
  if (values.length < 2) throw new InvalidArgumentError("two sizes at least, to compare them");
  return values.sort((a, b) => a - b);
}

async function run(options: Options): Promise<void> {
  const progress = (text: string) => process.stderr.write(`${text}\n`);
  const results: Result[] = [];
  const { only, rounds } = options;
  if (only.includes("preview")) results.push(await previewOne(rounds, progress));
  if (only.includes("growth")) results.push(...(await environmentGrowth(options.sizes, rounds, progress)));
  for (const part of SERVICE_PARTS.filter((name) => only.includes(name))) {
    results.push(await benchmarkService(part, options, rounds, progress));
  }
  for (const part of EDGE_PARTS.filter((name) => only.includes(name))) {
    results.push(await benchmarkEdge(part, options, rounds, progress));
  }
  process.stdout.write(`${machine()}\n\n${table(results)}\n`);
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ machine: machine(), results }, null, 2)}\n`);
}

function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} x ${first?.model ?? "unknown processor"}, ${memory} GiB, Node ${process.version}, medians`;
}

const program = new Command("bench")
  .description("Ratios measured side by side in one run; no absolute number is a promise.")
  .option("--rounds <n>", "rounds of each comparison", positive, 5)
  .option("--sizes <list>", "clusters in the environments of (b) and (c)", sizes, [2, 10, 50])
  .addOption(
    new Option(
      "--only <part...>",
      "preview for (a), growth for (b) and (c), else a part of the resolution service or the edge",
    )
      .choices(PARTS)
      .default(PARTS, "all"),
  )
  .option("--moved <n>", "users with a DNS record of their own", positive, 100_000)
  .option("--users <n>", "users of an evacuation, and tombstones at once", positive, 10_000)
  .option("--entries <n>", "entries of each of an edge's maps", positive, 1_000_000)
  .option("--seconds <n>", "of load on an edge, in each measurement", positive, 5)
  .option("--json <file>", "write the results as JSON too")
  .action(run);

void program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
