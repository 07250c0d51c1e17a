/** From what a server holds to what is declared: the statements in between. Pure. */
import { escapeIdentifier, escapeLiteral } from "pg";
import { SUPERUSER, type DeclaredDatabase, type DeclaredUser } from "./declared";

/** Comments that tell what becomes of a role or database once it is not declared any more; others are nobody's business here. */
const FATES = {
  drop: "made by the local cloud; dropped with its resource",
  keep: "made by the local cloud; stays",
} as const;

export interface ActualRole {
  readonly name: string;
  readonly login: boolean;
  readonly superuser: boolean;
  readonly comment: string | null;
}

export interface Actual {
  readonly roles: readonly ActualRole[];
  readonly databases: readonly { readonly name: string; readonly comment: string | null }[];
}

export interface Wanted {
  readonly databases: readonly DeclaredDatabase[];
  readonly users: readonly DeclaredUser[];
}

/** What {@link Actual} is read by. */
export const QUERIES = {
  roles: `select r.rolname as name, r.rolcanlogin as login, shobj_description(r.oid, 'pg_authid') as comment,
    exists (select from pg_auth_members m join pg_roles g on g.oid = m.roleid
      where m.member = r.oid and g.rolname = '${SUPERUSER}') as superuser
    from pg_roles r where r.rolname !~ '^pg_' order by 1`,
  databases: `select datname as name, shobj_description(oid, 'pg_database') as comment from pg_database order by 1`,
} as const;

/** Statements in order, each of its own: databases are made outside of transactions. Passwords are not among them. */
export function plan(wanted: Wanted, actual: Actual): string[] {
  return [
    ...(actual.roles.some(({ name }) => name === SUPERUSER)
      ? []
      : [`create role ${SUPERUSER} nologin createdb createrole`]),
    ...wanted.users.flatMap((user) =>
      userStatements(
        user,
        actual.roles.find(({ name }) => name === user.name),
      ),
    ),
    ...wanted.databases.flatMap((database) =>
      databaseStatements(
        database,
        actual.databases.find(({ name }) => name === database.name),
      ),
    ),
    ...goneStatements("database", wanted.databases, actual.databases),
    ...goneStatements("role", wanted.users, actual.roles),
  ];
}

/** Sets a role's password, or takes it away. */
export function passwordStatement(role: string, password: string | undefined): string {
  return `alter role ${escapeIdentifier(role)} password ${password === undefined ? "null" : escapeLiteral(password)}`;
}

function userStatements(user: DeclaredUser, actual: ActualRole | undefined): string[] {
  const role = escapeIdentifier(user.name);
  const login = user.login !== undefined;
  return [
    ...(actual === undefined ? [`create role ${role} nologin`] : []),
    ...fateStatements("role", user, actual?.comment),
    ...(user.superuser && actual?.superuser !== true ? [`grant ${SUPERUSER} to ${role}`] : []),
    ...(!user.superuser && actual?.superuser === true ? [`revoke ${SUPERUSER} from ${role}`] : []),
    ...(login === (actual?.login ?? false) ? [] : [`alter role ${role} ${login ? "login" : "nologin"}`]),
  ];
}

function databaseStatements(database: DeclaredDatabase, actual: Actual["databases"][number] | undefined): string[] {
  const create = `create database ${escapeIdentifier(database.name)} owner ${SUPERUSER} template template0 encoding 'UTF8'`;
  return [...(actual === undefined ? [create] : []), ...fateStatements("database", database, actual?.comment)];
}

type Kind = "role" | "database";

function fateStatements(
  kind: Kind,
  { name, abandoned }: { readonly name: string; readonly abandoned: boolean },
  comment: string | null | undefined,
): string[] {
  const fate = abandoned ? FATES.keep : FATES.drop;
  return comment === fate ? [] : [`comment on ${kind} ${escapeIdentifier(name)} is ${escapeLiteral(fate)}`];
}

/** Of what was made here and is not declared any more. */
function goneStatements(
  kind: Kind,
  wanted: readonly { readonly name: string }[],
  actual: readonly { readonly name: string; readonly comment: string | null }[],
): string[] {
  return actual
    .filter(({ name, comment }) => comment === FATES.drop && !wanted.some((other) => other.name === name))
    .map(({ name }) => `drop ${kind} ${escapeIdentifier(name)}`);
}
