/** Sees when another release migrates the store's schema to one that this program must not run on. */
import type { Pool } from "pg";
import { Problem } from "../contracts/problems";
import { asProblem } from "./store/database";
import { checkSchema } from "./store/migrate";

/** A release takes minutes to roll out. */
const PERIOD_MS = 15_000;

export interface SchemaWatchOptions {
  /** Told once, with what breaks this program. */
  readonly onUnfit: (error: unknown) => void;
  readonly periodMs?: number;
}

export class SchemaWatch {
  private unfit = false;
  private timer: NodeJS.Timeout | undefined;
  private checking: Promise<void> | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly options: SchemaWatchOptions,
  ) {}

  /** False for good once the schema has broken this program: there is no way back but a restart with another release. */
  get fits(): boolean {
    return !this.unfit;
  }

  start(): void {
    const check = () => (this.checking ??= this.check().finally(() => (this.checking = undefined)));
    this.timer = setInterval(() => void check(), this.options.periodMs ?? PERIOD_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.checking;
  }

  private async check(): Promise<void> {
    try {
      await checkSchema(this.pool);
    } catch (error) {
      // A store that is away says nothing of its schema.
      if (asProblem(error) instanceof Problem) return;
      clearInterval(this.timer);
      this.unfit = true;
      this.options.onUnfit(error);
    }
  }
}
