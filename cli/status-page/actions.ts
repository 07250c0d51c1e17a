/** What the page can do: plans, moves and evacuations, each checked before the control API is asked. */
import { z } from "zod";
import { requestTransfer, startEvacuation, type Cluster, type Evacuation } from "../../services/contracts/resources";
import type { OperatorApi } from "../control-api/operator-api";
import type { AskedMoves } from "./asked-moves";
import { evacuationPlan, movePlan, type EvacuationPlan, type MovePlan } from "./plans";

/** Names what a person has confirmed once: sent again after a lost connection, it is not done twice. */
const key = z.uuid();

const moveInput = requestTransfer.pick({ user: true, destination: true, mode: true });
const confirmedMove = requestTransfer.required({ destination: true }).extend({ key });
const evacuationRequest = startEvacuation.pick({
  source: true,
  share: true,
  destinations: true,
  mode: true,
  rate: true,
  concurrency: true,
});
/** With `users` instead of a share: about so many, chosen as a share of the cluster's. */
const evacuationWish = evacuationRequest.extend({ users: z.int().positive().optional() });
const confirmedEvacuation = evacuationRequest.extend({
  reason: startEvacuation.shape.reason,
  /** The cluster's name, as it was typed. */
  confirmation: z.string(),
  key,
});
const steering = z.strictObject({ key });

type EvacuationRequest = z.output<typeof evacuationRequest>;
export type Command = "pause" | "resume" | "abort";

/** A wish that cannot be: the message is for the person who has it. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

export class Actions {
  constructor(
    private readonly api: OperatorApi,
    private readonly asked: AskedMoves,
  ) {}

  async planMove(body: unknown): Promise<MovePlan> {
    const { user: label, destination, mode } = parsed(moveInput, body);
    const user = await this.api.getUser(label.trim());
    if (user.home === destination) throw new RefusedError(`${user.label} lives in ${user.home} already`);
    const [dryRun, clusters, nodes] = await Promise.all([
      this.api.startEvacuation({
        source: user.home,
        users: [user.label],
        ...(destination !== undefined && { destinations: [destination] }),
        mode,
        dryRun: true,
      }),
      this.api.listClusters(),
      this.api.listNodes(),
    ]);
    return movePlan(user, dryRun, { clusters: clusters.items, nodes: nodes.items });
  }

  async move(body: unknown): Promise<{ id: string }> {
    const { key: idempotencyKey, ...request } = parsed(confirmedMove, body);
    const transfer = await this.api.requestTransfer(request, { idempotencyKey });
    this.asked.add(transfer);
    return { id: transfer.id };
  }

  /** The plan holds the request that will do what it tells. */
  async planEvacuation(body: unknown): Promise<EvacuationPlan & { request: EvacuationRequest }> {
    const { users, ...wish } = parsed(evacuationWish, body);
    const [{ items: clusters }, { items: nodes }] = await Promise.all([this.api.listClusters(), this.api.listNodes()]);
    const request = { ...wish, ...(users !== undefined && { share: shareOf(users, wish.source, clusters) }) };
    const dryRun = await this.api.startEvacuation({ ...request, dryRun: true });
    return { ...evacuationPlan(dryRun, { clusters, nodes }), request };
  }

  async evacuate(body: unknown): Promise<{ id: string | undefined }> {
    const { key: idempotencyKey, confirmation, ...request } = parsed(confirmedEvacuation, body);
    if (confirmation !== request.source)
      throw new RefusedError(`type the cluster's name, ${request.source}, to confirm`);
    const { id } = await this.api.startEvacuation(request, { idempotencyKey });
    return { id };
  }

  async steer(id: string, command: Command, body: unknown): Promise<Pick<Evacuation, "state">> {
    const { key: idempotencyKey } = parsed(steering, body);
    const { api } = this;
    const operation = { pause: api.pauseEvacuation, resume: api.resumeEvacuation, abort: api.abortEvacuation }[command];
    const { state } = await operation.call(api, id, { idempotencyKey });
    return { state };
  }
}

/** The share that chooses about so many of a cluster's users. */
function shareOf(count: number, source: string, clusters: readonly Cluster[]): number {
  const { users = 0 } = clusters.find(({ name }) => name === source) ?? {};
  return users <= count ? 1 : count / users;
}

function parsed<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new RefusedError(
    result.error.issues.map(({ path, message }) => `${path.join(".") || "request"}: ${message}`).join("; "),
  );
}
