/** Runs a program with the policy pack on the real engine and the local provider, as `clusters preview` and `up` do. */
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { platform } from "../../../deploy/project";
import { runStack } from "../../../deploy/run-stack";
import { openSession, type Session } from "../../../deploy/session";
import { createStacks } from "../../../deploy/stacks";
import { SANDBOX_DIR_VARIABLE } from "../../../deploy/local-site";
import type { Operation, StackReport } from "../../../preview/report";

/** `rule: name of the resource` for each violation of a run, in order of the alphabet. */
export function violationsOf({ digest }: StackReport): string[] {
  return digest.violations.map(({ policy, urn }) => `${policy}: ${urn?.split("::").at(-1) ?? ""}`).sort();
}

/** The environment `prod` of a configuration file, deployed to a folder of its own. */
export class EngineJudge {
  private constructor(private readonly session: Session) {}

  /** Everything is written below `folder`. Creates the stacks, empty. */
  static async open(folder: string, configFile: string, stacks: readonly string[]): Promise<EngineJudge> {
    const before = process.env[SANDBOX_DIR_VARIABLE];
    process.env[SANDBOX_DIR_VARIABLE] = folder;
    try {
      const session = await openSession(
        platform,
        { environment: "prod", cloud: "records", configFile },
        () => undefined,
      );
      await createStacks(session.processes, session.site, stacks, 1);
      return new EngineJudge(session);
    } finally {
      if (before === undefined) delete process.env[SANDBOX_DIR_VARIABLE];
      else process.env[SANDBOX_DIR_VARIABLE] = before;
    }
  }

  run(operation: Operation, stack: string, program: PulumiFn): Promise<StackReport> {
    return runStack(this.session, operation, { stack, domain: stack }, program, {
      progress: () => undefined,
      note: () => undefined,
    });
  }

  /** The program of this repository. */
  program(): Promise<PulumiFn> {
    return platform.loadProgram();
  }

  close(): Promise<void> {
    return this.session.processes.terminate();
  }
}
