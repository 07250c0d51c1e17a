/** The kinds of node that this program can be. */
import { NODE_KINDS, type NodeKind } from "../../contracts/feed";
import { SettingsError } from "../../settings/variables";
import { dns } from "./dns";
import { edge } from "./edge";
import type { Kind } from "./kind";

/** Container hosts are a program of their own and follow the feed without this agent. */
const KINDS: Partial<Record<NodeKind, Kind>> = { dns, edge };

/** The kind that `NODE_KIND` names. Throws a SettingsError where there is no driver for it. */
export function kindNamed(name: string | undefined): Kind & { readonly name: NodeKind } {
  const known = NODE_KINDS.find((kind) => kind === name);
  const kind = known === undefined ? undefined : KINDS[known];
  if (known !== undefined && kind !== undefined) return { name: known, ...kind };
  const is = name === undefined ? "is not set" : `is ${JSON.stringify(name)}`;
  const lack = known === undefined ? "" : `, and this program has no driver for nodes of kind ${known}`;
  throw new SettingsError(`NODE_KIND ${is}${lack}: set one of ${Object.keys(KINDS).join(", ")}`);
}
