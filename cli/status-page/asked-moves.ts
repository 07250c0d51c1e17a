/** Moves that were asked for on the page: followed to their end, so that whoever asked is told how they ended. */
import type { Transfer } from "../../services/contracts/resources";
import { ServiceError } from "../control-api/failure";
import type { WatchingApi } from "../control-api/operator-api";
import { hasEnded } from "../control-api/transfer-view";

/** Most that are kept; older ones are in the control API's own list. */
const KEPT = 5;

export class AskedMoves {
  private transfers: readonly Transfer[] = [];

  add(transfer: Transfer): void {
    const others = this.transfers.filter(({ id }) => id !== transfer.id);
    this.transfers = [transfer, ...others].slice(0, KEPT);
  }

  /** Whether any of them has yet to end. */
  get underWay(): boolean {
    return this.transfers.some((transfer) => !hasEnded(transfer));
  }

  /** All of them, newest first, as they are now. Those that have ended are not asked about again. */
  async read(api: Pick<WatchingApi, "getTransfer">): Promise<readonly Transfer[]> {
    await Promise.all(this.transfers.filter((transfer) => !hasEnded(transfer)).map(({ id }) => this.update(api, id)));
    return this.transfers;
  }

  private async update(api: Pick<WatchingApi, "getTransfer">, id: string): Promise<void> {
    try {
      const now = await api.getTransfer(id);
      this.transfers = this.transfers.map((transfer) => (transfer.id === id ? now : transfer));
    } catch (error) {
      if (!(error instanceof ServiceError) || error.passing) throw error;
      // The control API does not know it any more: there is nothing to follow.
      this.transfers = this.transfers.filter((transfer) => transfer.id !== id);
    }
  }
}
