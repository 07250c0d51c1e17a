import { plan, type Actual, type Wanted } from "../../../../sandbox/cloud/sql/plan";

const DROPPED = "made by the local cloud; dropped with its resource";
const KEPT = "made by the local cloud; stays";
const EMPTY: Actual = { roles: [], databases: [{ name: "postgres", comment: null }] };
const SUPERUSER = { name: "cloudsqlsuperuser", login: false, superuser: false, comment: null };
const JOE = { name: "joe", superuser: true, abandoned: false, login: { password: "x" } } as const;

const plans = (wanted: Partial<Wanted>, actual: Partial<Actual>) =>
  plan({ databases: [], users: [], ...wanted }, { ...EMPTY, roles: [SUPERUSER], ...actual });

describe("the way from what a server holds to what is declared", () => {
  it("makes the role that owns databases, users and databases", () => {
    const wanted = { users: [JOE], databases: [{ name: "store", abandoned: true }] };
    expect(plan(wanted, EMPTY)).toEqual([
      "create role cloudsqlsuperuser nologin createdb createrole",
      'create role "joe" nologin',
      `comment on role "joe" is '${DROPPED}'`,
      'grant cloudsqlsuperuser to "joe"',
      'alter role "joe" login',
      `create database "store" owner cloudsqlsuperuser template template0 encoding 'UTF8'`,
      `comment on database "store" is '${KEPT}'`,
    ]);
  });

  it("is nothing where both are the same", () => {
    const roles = [SUPERUSER, { name: "joe", login: true, superuser: true, comment: DROPPED }];
    const databases = [{ name: "store", comment: KEPT }];
    expect(plans({ users: [JOE], databases: [{ name: "store", abandoned: true }] }, { roles, databases })).toEqual([]);
  });

  it("takes away login and role", () => {
    const roles = [SUPERUSER, { name: "joe", login: true, superuser: true, comment: DROPPED }];
    expect(plans({ users: [{ ...JOE, superuser: false, login: undefined }] }, { roles })).toEqual([
      'revoke cloudsqlsuperuser from "joe"',
      'alter role "joe" nologin',
    ]);
  });

  it("drops what it made and is declared no more, unless that was abandoned, and touches nothing of others", () => {
    const roles = [
      SUPERUSER,
      { name: "gone", login: true, superuser: true, comment: DROPPED },
      { name: "abandoned", login: true, superuser: true, comment: KEPT },
      { name: "somebody", login: true, superuser: false, comment: null },
    ];
    const databases = [
      { name: "gone", comment: DROPPED },
      { name: "abandoned", comment: KEPT },
      { name: "postgres", comment: null },
    ];
    expect(plans({}, { roles, databases })).toEqual(['drop database "gone"', 'drop role "gone"']);
  });

  it("quotes names", () => {
    expect(plans({ databases: [{ name: 'a"b', abandoned: false }] }, {})[0]).toContain('create database "a""b" owner');
  });
});
