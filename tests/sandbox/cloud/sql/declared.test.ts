import { declaredInstances, instanceIdIn } from "../../../../sandbox/cloud/sql/declared";
import { MemoryRecords } from "../google-context";
import * as sample from "./instance";

let records: MemoryRecords;

beforeEach(() => {
  records = new MemoryRecords();
  sample.putInstance(records);
  sample.putDatabase(records);
  sample.putUser(records);
  sample.putMember(records);
});

function declared(exists: (email: string) => boolean = (email) => email === sample.EMAIL) {
  const { instances, refused } = declaredInstances(records, exists);
  return { instance: instances[0], refused };
}

function login() {
  return declared().instance?.users[0]?.login;
}

describe("an instance as it is recorded", () => {
  it("has databases, and users that log in by their account's tokens", () => {
    expect(declared().instance).toMatchObject({
      project: "acme",
      address: "127.1.1.1",
      tlsOnly: true,
      flags: {},
      databases: [{ name: "resolution", abandoned: false }],
      users: [{ name: sample.USER_NAME, superuser: true, abandoned: true, login: { account: sample.EMAIL } }],
    });
    expect(declared().refused.size).toBe(0);
  });

  it("gives an account that is not granted the right no login", () => {
    records.remove(sample.MEMBER, sample.MEMBER_ID);
    expect(login()).toBeUndefined();
  });

  it("gives no login where the grant's condition speaks of another instance", () => {
    sample.putMember(records, sample.CONDITION.replace("/store", "/other"));
    expect(login()).toBeUndefined();
  });

  it("gives no login by a condition that it does not understand, and refuses that by name", () => {
    sample.putMember(records, "request.time < timestamp('2030-01-01T00:00:00Z')");
    expect(login()).toBeUndefined();
    expect(declared().refused.get(sample.MEMBER_ID)).toMatch(/condition .* not emulated/);
  });

  it("gives no login to an account that does not exist", () => {
    expect(declared(() => false).instance?.users[0]?.login).toBeUndefined();
  });

  it("gives no account a login where IAM authentication is off", () => {
    sample.putInstance(records, { settings: { databaseFlags: [] } });
    expect(login()).toBeUndefined();
  });

  it("gives users with a password the role that owns databases, unless they are declared with others", () => {
    sample.putUser(records, { type: "BUILT_IN", name: "joe", password: "secret", databaseRoles: [] });
    expect(declared().instance?.users).toMatchObject([{ name: "joe", superuser: true, login: { password: "secret" } }]);
  });

  it.each<[string, () => void, string, RegExp]>([
    [
      "another engine",
      () => sample.putInstance(records, { inputs: { databaseVersion: "MYSQL_8_0" } }),
      sample.INSTANCE_ID,
      /MYSQL_8_0/,
    ],
    [
      "a public address",
      () => sample.putInstance(records, { ip: { ipv4Enabled: true } }),
      sample.INSTANCE_ID,
      /ipv4Enabled/,
    ],
    [
      "clients' certificates",
      () => sample.putInstance(records, { ip: { sslMode: "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" } }),
      sample.INSTANCE_ID,
      /certificates/,
    ],
    [
      "a flag of Cloud SQL's own",
      () =>
        sample.putInstance(records, {
          settings: { databaseFlags: [{ name: "cloudsql.enable_pgaudit", value: "on" }] },
        }),
      sample.INSTANCE_ID,
      /cloudsql\.enable_pgaudit/,
    ],
    ["a collation", () => sample.putDatabase(records, { collation: "de_DE.UTF8" }), sample.DATABASE_ID, /de_DE/],
    ["a person's user", () => sample.putUser(records, { type: "CLOUD_IAM_USER" }), sample.USER_ID, /CLOUD_IAM_USER/],
    [
      "another database role",
      () => sample.putUser(records, { databaseRoles: ["pg_monitor"] }),
      sample.USER_ID,
      /pg_monitor/,
    ],
  ])("refuses %s by name", (_, put, id, reason) => {
    put();
    expect(declared().refused.get(id)).toMatch(reason);
  });

  it("is known by the ids of what is in it", () => {
    expect([sample.DATABASE_ID, sample.USER_ID].map(instanceIdIn)).toEqual([sample.INSTANCE_ID, sample.INSTANCE_ID]);
  });
});
