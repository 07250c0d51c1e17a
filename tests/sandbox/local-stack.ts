import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EngineEvent, LocalWorkspace, type PulumiFn, type Stack } from "@pulumi/pulumi/automation";
import type { Fault } from "../../sandbox/provider/faults";

const CHECKOUT = join(__dirname, "..", "..");
const plugin = (name: string) => ({ name, path: join(CHECKOUT, "sandbox", "plugins", name) });

/** A stack on the real engine and the local provider, with a backend and a cloud of its own in a temporary folder. */
export class LocalStack {
  private constructor(
    readonly directory: string,
    private readonly stack: Stack,
  ) {}

  static async create(program: PulumiFn, variables: Readonly<Record<string, string>> = {}): Promise<LocalStack> {
    const directory = mkdtempSync(join(tmpdir(), "local-stack-"));
    try {
      return new LocalStack(directory, await LocalStack.select(directory, program, variables));
    } catch (error) {
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  private static async select(
    directory: string,
    program: PulumiFn,
    variables: Readonly<Record<string, string>>,
  ): Promise<Stack> {
    // The SDK's type of project settings does not know `plugins`, which the engine has long understood.
    const projectSettings = {
      name: "sandbox-test",
      runtime: "nodejs" as const,
      backend: { url: `file://${directory}` },
      plugins: { providers: [plugin("gcp"), plugin("kubernetes")] },
    };
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: "test", projectName: "sandbox-test", program },
      {
        workDir: directory,
        pulumiHome: join(directory, "home"),
        projectSettings,
        envVars: {
          PULUMI_CONFIG_PASSPHRASE: "test",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          LOCAL_CLOUD_DIR: join(directory, "cloud"),
          ...variables,
        },
      },
    );
    await stack.setAllConfig({ "gcp:project": { value: "test-project" }, "gcp:region": { value: "europe-west4" } });
    return stack;
  }

  get cloud(): string {
    return join(this.directory, "cloud");
  }

  /** Faults for the runs that follow. */
  setFaults(faults: readonly Fault[]): void {
    this.stack.workspace.envVars.LOCAL_CLOUD_FAULTS = JSON.stringify(faults);
  }

  async preview(program?: PulumiFn): Promise<Steps> {
    const steps = new Steps();
    await this.stack.preview({ onEvent: steps.add, ...(program === undefined ? {} : { program }) });
    return steps;
  }

  async up(program?: PulumiFn): Promise<Steps> {
    const steps = new Steps();
    const result = await this.stack.up({ onEvent: steps.add, ...(program === undefined ? {} : { program }) });
    for (const [name, output] of Object.entries(result.outputs)) steps.outputs[name] = output.value;
    return steps;
  }

  async refresh(): Promise<Steps> {
    const steps = new Steps();
    await this.stack.refresh({ onEvent: steps.add });
    return steps;
  }

  async destroy(): Promise<Steps> {
    const steps = new Steps();
    await this.stack.destroy({ onEvent: steps.add });
    return steps;
  }

  /** Removes everything this stack has on disk. */
  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** What the engine did, in order: `create network`, `create-replacement template` and so on. */
export class Steps {
  readonly taken: string[] = [];
  readonly outputs: Record<string, unknown> = {};
  /** Of each changed resource, its properties' paths and kinds of difference. */
  readonly differences: Record<string, Record<string, string>> = {};
  /** Of each resource, its outputs in this run; unknown ones are missing or marked. */
  readonly states: Record<string, Record<string, unknown>> = {};

  readonly add = (event: EngineEvent): void => {
    const metadata = event.resourcePreEvent?.metadata ?? event.resOutputsEvent?.metadata;
    if (metadata === undefined || metadata.type.startsWith("pulumi:")) return;
    const name = metadata.urn.slice(metadata.urn.lastIndexOf("::") + 2);
    if (event.resourcePreEvent !== undefined && metadata.op !== "same") this.taken.push(`${metadata.op} ${name}`);
    if (event.resOutputsEvent !== undefined) this.states[name] = metadata.new?.outputs ?? {};
    const kinds = Object.entries(metadata.detailedDiff ?? {}).map(([path, diff]) => [path, diff.diffKind] as const);
    if (kinds.length > 0) this.differences[name] = Object.fromEntries(kinds);
  };
}
