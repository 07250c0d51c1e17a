/** A sandbox of a test file's own, driven by the real command as a person would. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { SANDBOX_DIR_VARIABLE } from "../../../../deploy/local-site";
import { LocalCloudClient, SOCKET_FILE } from "../../../../sandbox/cloud/client";
import type { Unit } from "../../../../sandbox/cloud/controller";
import { cleanVariables, start, type Finished, type Running } from "../../../support/command";
import { REPOSITORY, sectionsOf, writeEnvironment, type Edits } from "../../../support/environments";
import { endAll, processesOf } from "../../../support/processes";
import { tempDir } from "../../../support/temp-dir";

/** A row of the proof, as `clusters sandbox --json` has it. */
export interface ProvenRow {
  readonly user: string;
  readonly host: string;
  readonly kind: string;
  readonly expected: { readonly cluster: string; readonly address: string };
  readonly ok: boolean;
}

export interface Run {
  /** Of the checkout whose command it is. Default: this one. */
  readonly checkout?: string;
  readonly variables?: NodeJS.ProcessEnv;
  /** Default: the sandbox's as it is now. */
  readonly configFile?: string;
}

/** No preview first, no question: what is wrong shows in the update as well. */
const UPDATE = ["--yes", "--skip-preview"];
/** Seconds that an update waits for what cannot work. */
const PATIENCE = { LOCAL_CLOUD_PATIENCE_SECONDS: "20" };

export class LiveSandbox {
  /** Holds the sandbox's folder, and everything that is its own. */
  readonly root = tempDir();
  readonly directory = join(this.root, "sandbox");
  readonly cloud = new LocalCloudClient(join(this.directory, "cloud", SOCKET_FILE));
  /** Set once it has been brought up: without it no other test can mean anything. */
  isUp = false;
  private file = this.configure();

  /** The configuration from now on: the committed one, edited. Returns its file, which stays as it is. */
  configure(edits: Edits = {}): string {
    return (this.file = writeEnvironment(tempDir(), "sandbox", sectionsOf("sandbox", edits)));
  }

  get configFile(): string {
    return this.file;
  }

  /** What the sandbox's command sees of the environment. */
  get variables(): NodeJS.ProcessEnv {
    return cleanVariables({ [SANDBOX_DIR_VARIABLE]: this.root });
  }

  /** Starts a subcommand. */
  start(args: readonly string[], { checkout = REPOSITORY, variables = {}, configFile = this.file }: Run = {}): Running {
    const words = [...args, "--config-file", configFile];
    return start(join(checkout, "cli", "clusters"), words, { ...this.variables, ...variables }, REPOSITORY);
  }

  run(args: readonly string[], run: Run = {}): Promise<Finished> {
    return this.start(args, run).finished;
  }

  /** Runs a subcommand that has to succeed; returns what it printed. Fails the test with the command's own words. */
  async ok(args: readonly string[], run: Run = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, run);
    if (code !== 0) throw new Error(`clusters ${args.join(" ")} exited with ${code}:\n${stderr}\n${stdout}`);
    return stdout;
  }

  async json<T>(args: readonly string[], run: Run = {}): Promise<T> {
    return JSON.parse(await this.ok([...args, "--json"], run)) as T;
  }

  /** Updates stacks by their names, and only those. */
  async up(names: readonly string[], run: Run = {}): Promise<string> {
    return await this.ok(["up", "sandbox", ...names, ...alone(names), ...UPDATE], run);
  }

  /** The same with sources that are broken, and little patience. */
  async upBroken(names: readonly string[], checkout: string): Promise<Finished> {
    return await this.run(["up", "sandbox", ...names, ...alone(names), ...UPDATE], { checkout, variables: PATIENCE });
  }

  /** Proves that all of it answers, without an update. */
  async prove(): Promise<ProvenRow[]> {
    const { rows } = await this.json<{ rows: ProvenRow[] }>(["sandbox", "--no-up", "--patience", "180"]);
    expect(rows.filter(({ ok }) => !ok)).toEqual([]);
    expect(rows.length).toBeGreaterThan(10);
    return rows;
  }

  async units(): Promise<Unit[]> {
    return await this.cloud.units();
  }

  /** Process numbers of machines by name, of the failure domains that a test names. */
  async machines(...domains: readonly string[]): Promise<Record<string, readonly number[]>> {
    const machines = (await this.units()).filter(({ kind, failureDomain }) => {
      return (kind === "vm" || kind === "pod") && domains.includes(failureDomain);
    });
    return Object.fromEntries(machines.map(({ name, pids }) => [name, [...pids].sort((a, b) => a - b)]));
  }

  /** Whatever state it is in, nothing of it is left. */
  async end(): Promise<void> {
    if (existsSync(this.directory)) await this.run(["sandbox", "--down"]);
    await endAll(processesOf(this.root));
  }
}

/** A cluster that is named takes the shared stack along, unless that is left out. */
function alone(names: readonly string[]): string[] {
  return names.length === 0 || names.includes("shared") ? [] : ["--no-shared"];
}
