/** An environment on the local cloud in a folder of the test's own, driven by the real command on the real engine. */
import { join } from "node:path";
import type { Digest } from "../../preview/digest";
import type { StackReport } from "../../preview/report";
import { RecordStore } from "../../sandbox/provider/store";
import { runClusters, cleanVariables, type Finished } from "../support/command";
import { sectionsOf, writeEnvironment, type Edits } from "../support/environments";
import { tempDir } from "../support/temp-dir";

/** Of a stack in the command's `--json` report, what these tests look at. */
export type ReportedStack = Pick<StackReport, "stack" | "outcome"> & Pick<Digest, "counts" | "changes" | "diagnostics">;

export class LocalEnvironment {
  private readonly sandbox = tempDir();

  /** `prod` with edits, in a configuration file of its own. */
  configFile(edits: Edits = {}): string {
    return writeEnvironment(tempDir(), "prod", sectionsOf("prod", edits));
  }

  /** Runs `clusters <operation> prod ...` on the local cloud. */
  run(
    operation: string,
    configFile: string,
    args: readonly string[] = [],
    variables: NodeJS.ProcessEnv = {},
  ): Promise<Finished> {
    return runClusters(
      [operation, "prod", ...args, "--cloud", "records", "--config-file", configFile],
      cleanVariables({ CLUSTERS_SANDBOX_DIR: this.sandbox, ...variables }),
    );
  }

  /** The same with a report, by stack. Fails the test with the command's own words when the command failed. */
  async report(
    operation: string,
    configFile: string,
    args: readonly string[] = [],
  ): Promise<Record<string, ReportedStack>> {
    const { code, stdout, stderr } = await this.run(operation, configFile, [...args, "--json"]);
    if (code !== 0) throw new Error(`clusters ${operation} exited with ${code}:\n${stderr}\n${stdout}`);
    const { stacks } = JSON.parse(stdout) as { stacks: ReportedStack[] };
    return Object.fromEntries(stacks.map((stack) => [stack.stack, stack]));
  }

  /** Inputs of the resources of a type that exist in the local cloud. */
  resources(type: string): Record<string, unknown>[] {
    const store = new RecordStore(join(this.sandbox, "prod.records", "cloud"), "gcp");
    return store.list(type).map(({ inputs }) => inputs);
  }
}
