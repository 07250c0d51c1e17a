/** An environment's processes on the local cloud: there before its stacks change, gone after the last of them. */
import type { Session } from "./session";
import { listStacks } from "./stacks";

/** The session with a running local cloud, where the environment lives on one. Throws a DeployError where it does not start. */
export async function withLocalCloud(session: Session, notify: (text: string) => void): Promise<Session> {
  const { site, interruption } = session;
  if (site.localCloud === undefined) return session;
  const health = await site.localCloud.start({ notify, check: () => interruption.check() });
  const variables = { ...site.variables, ...site.localCloud.variables(health) };
  return { ...session, site: { ...site, variables } };
}

/** Ends the local cloud where no stack holds anything any more. */
export async function endIfEmpty({ site, processes }: Session, notify: (text: string) => void): Promise<void> {
  if (site.localCloud === undefined) return;
  const stacks = [...(await listStacks(processes, site)).values()];
  if (stacks.every(({ resourceCount }) => resourceCount === 0)) await site.localCloud.stop({ notify });
}
