/** HTTP to the control API, as a node needs it: everything ends in time or when it is told to. */
import { retryAfterSeconds } from "../../http/send";
import { Problem, problemTypeOf } from "../problems";
import { problemBody } from "../resources";

/** Refuses to wait any longer for something that is under way. */
export class Deadline {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private readonly onAbort = () => this.controller.abort(this.outer.reason);

  /** Ends with `outer`, too. */
  constructor(private readonly outer: AbortSignal) {
    if (outer.aborted) this.onAbort();
    else outer.addEventListener("abort", this.onAbort);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Aborts with an error that says `what`, unless it is set again or cleared within the time. */
  set(timeoutMs: number, what: string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.controller.abort(new Error(`${what} within ${timeoutMs} ms`)), timeoutMs);
  }

  clear(): void {
    clearTimeout(this.timer);
  }

  abort(reason: Error): void {
    this.controller.abort(reason);
  }

  /** Lets go of what it watched, and ends what is still under way. */
  close(): void {
    this.clear();
    this.outer.removeEventListener("abort", this.onAbort);
    this.controller.abort(new Error("closed"));
  }

  /** What `work` gives, or the reason of the abort where that comes first. */
  async race<T>(work: Promise<T>): Promise<T> {
    let onAbort: () => void = () => undefined;
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(this.signal.reason as Error);
      if (this.signal.aborted) onAbort();
      else this.signal.addEventListener("abort", onAbort);
    });
    try {
      return await Promise.race([work, aborted]);
    } finally {
      this.signal.removeEventListener("abort", onAbort);
    }
  }
}

/** The error that an answer other than success stands for: a {@link Problem} where its body is one. */
export async function refusalOf(response: Response): Promise<Error> {
  const body = problemBody.safeParse(await response.json().catch(() => undefined));
  const type = body.success ? problemTypeOf(body.data.type) : undefined;
  if (!body.success || type === undefined) return new Error(`${response.url} answered ${response.status}`);
  return new Problem(type, body.data.detail, retryAfterSeconds(response.headers), body.data.instance);
}
