/** Whether a container host may start a user's containers without an entry that says so. */
import type { Queries } from "../store/database";

/**
 * Whether the user lives in the cluster and is not about to be stopped there. Answered by the store alone, in one statement: no
 * memory of a replica's is new enough. A host must be registered before it asks, so that whoever was told yes is waited for
 * when the user leaves; and it must forget the answer if it has heard anything of the user since it asked.
 */
export async function mayRun(q: Queries, label: string, cluster: string): Promise<boolean> {
  const { rowCount } = await q.query(
    `select from users where label = $1 and home = $2 and not exists (
       select from transfers where user_label = $1 and source = $2 and phase = 'stopping')`,
    [label, cluster],
  );
  return rowCount === 1;
}
