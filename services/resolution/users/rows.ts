/** Users as the store has them, and keeping one as it is while something of theirs changes. */
import { Problem } from "../../contracts/problems";
import type { User } from "../../contracts/resources";
import type { Transaction } from "../store/database";

export interface UserRow {
  readonly label: string;
  readonly plan: string;
  readonly home: string;
  readonly pinned: boolean;
  readonly createdAt: Date;
}
export const USER_COLUMNS = `label, plan, home, pinned, created_at as "createdAt"`;

/**
 * The user with this label, whom no other transaction changes, deletes or begins to move before this one ends. Throws
 * `unknown-user`.
 */
export async function lockUser(tx: Transaction, label: string): Promise<UserRow> {
  const { rows } = await tx.query<UserRow>(`select ${USER_COLUMNS} from users where label = $1 for update`, [label]);
  if (rows[0] === undefined) throw unknownUser(label);
  return rows[0];
}

export function userOf({ createdAt, ...row }: UserRow): User {
  return { ...row, createdAt: createdAt.toISOString() };
}

export function unknownUser(label: string): Problem {
  return new Problem("unknown-user", `there is no user "${label}": create it first`);
}
