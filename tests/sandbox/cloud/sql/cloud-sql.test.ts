/** Cloud SQL with a real PostgreSQL, authority and identities. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { ensureAuthority, type Authority } from "../../../../sandbox/cloud/authority";
import { LocalIdentities, type AccessTokenListener } from "../../../../sandbox/cloud/identity";
import { CloudSql, removeAllData } from "../../../../sandbox/cloud/sql";
import { DataFolder } from "../../../../sandbox/cloud/sql/data-folder";
import { tlsOptions } from "../../../../services/resolution/store-access";
import { MetadataServer } from "../../../../services/google/metadata";
import { removeTempDirs } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { TestContext } from "../google-context";
import * as sample from "./instance";

const ACCOUNT = "gcp:serviceaccount/account:Account";

let context: TestContext;
let authority: Authority;
let identities: LocalIdentities;
let sql: CloudSql;
let address: string;
/** Tells Cloud SQL of an account's new token. */
let announce: AccessTokenListener;

beforeAll(async () => {
  context = await TestContext.open();
  authority = await ensureAuthority(context.directory);
  address = context.network.claim("store");
  const { records } = context;
  records.put(ACCOUNT, `projects/acme/serviceAccounts/${sample.EMAIL}`, { project: "acme" }, { email: sample.EMAIL });
  identities = new LocalIdentities(context);
  await identities.start();
  await identities.reconcile(records);
  sql = newController();
  putInstance();
  sample.putDatabase(records);
  sample.putUser(records);
  sample.putMember(records);
});

afterAll(async () => {
  await sql.stop();
  await identities.stop();
  await context.close();
  removeAllData(context.directory);
  removeTempDirs();
});

function newController(): CloudSql {
  const heard = {
    exists: (email: string) => identities.exists(email),
    currentAccessToken: (email: string) => identities.currentAccessToken(email),
    onAccessToken: (listener: AccessTokenListener) => {
      announce = listener;
      identities.onAccessToken(listener);
    },
  };
  return new CloudSql(context, { processes: context.processes, identities: heard, authority });
}

function putInstance(options: sample.InstanceOptions = {}): void {
  sample.putInstance(context.records, {
    address,
    authority: readFileSync(authority.certificateFile, "utf8"),
    ...options,
  });
}

const settled = async (type = sample.INSTANCE, id = sample.INSTANCE_ID) => await context.settled(sql, type, id);

/** The control API's token, as it gets it. */
async function token(): Promise<string> {
  return await new MetadataServer({ host: identities.metadataHost(sample.EMAIL) }).accessToken();
}

interface Login {
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly encrypted?: boolean;
}

/** Runs a query as a client that has been told what the stack tells the control API. */
async function query(statement: string, login: Login): Promise<unknown[]> {
  const { user = sample.USER_NAME, password, database = "resolution", encrypted = true } = login;
  const ssl = tlsOptions({ authorities: readFileSync(authority.certificateFile, "utf8"), serverName: "acme:store" });
  const client = new Client({ host: address, port: 5432, user, password, database, ...(encrypted && { ssl }) });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query(statement)).rows as unknown[];
  } finally {
    await client.end();
  }
}

function pid(): number {
  const [found] = sql.units()[0]?.pids ?? [];
  if (found === undefined) throw new Error("no server runs");
  return found;
}

describe("Cloud SQL", () => {
  it("lets the account in by its token, which owns the database", async () => {
    await settled();
    const password = await token();
    await query("create table kept (value text)", { password });
    await query("insert into kept values ('durable')", { password });
    expect(await query("select value from kept", { password })).toEqual([{ value: "durable" }]);
    expect(await query("show fsync", { password })).toEqual([{ fsync: "on" }]);
    expect(sql.units()).toMatchObject([
      { name: "store", kind: "database", role: "database", region: "europe-west1", address, healthy: true },
    ]);
  });

  it("lets nobody in by another password, or without encryption", async () => {
    await settled();
    await expect(query("select 1", { password: "guessed" })).rejects.toThrow(/password authentication failed/);
    await expect(query("select 1", { password: await token(), encrypted: false })).rejects.toThrow(/no encryption/);
  });

  it("takes the account's login away with its grant, and gives it back", async () => {
    await settled();
    const password = await token();
    context.records.remove(sample.MEMBER, sample.MEMBER_ID);
    await settled(sample.MEMBER, sample.MEMBER_ID);
    await expect(query("select 1", { password })).rejects.toThrow(/password authentication failed/);
    sample.putMember(context.records);
    await settled(sample.MEMBER, sample.MEMBER_ID);
    expect(await query("select 1 as one", { password })).toEqual([{ one: 1 }]);
  });

  it("takes an account's next token at once, and the one before no more", async () => {
    await settled();
    const before = await token();
    await announce(sample.EMAIL, "rotated");
    expect(await query("select 1 as one", { password: "rotated" })).toHaveLength(1);
    await expect(query("select 1", { password: before })).rejects.toThrow(/authentication failed/);
    await settled();
    expect(await query("select 1 as one", { password: "rotated" })).toHaveLength(1);
    await announce(sample.EMAIL, before);
  });

  it("makes and drops users with passwords, and databases", async () => {
    const id = "joe//acme/store";
    const joe = { name: "joe", instance: "store", project: "acme", password: "first", databaseRoles: [] };
    context.records.put(sample.USER, id, joe);
    context.records.put(sample.DATABASE, `${sample.INSTANCE_ID}/databases/other`, { ...joe, name: "other" });
    await settled(sample.USER, id);
    expect(await query("select 1 as one", { user: "joe", password: "first", database: "other" })).toHaveLength(1);
    context.records.put(sample.USER, id, { ...joe, password: "second" });
    await settled(sample.USER, id);
    await expect(query("select 1", { user: "joe", password: "first" })).rejects.toThrow(/authentication failed/);
    expect(await query("select 1 as one", { user: "joe", password: "second" })).toHaveLength(1);
    context.records.remove(sample.USER, id);
    context.records.remove(sample.DATABASE, `${sample.INSTANCE_ID}/databases/other`);
    await settled(sample.USER, id);
    await expect(query("select 1", { user: "joe", password: "second" })).rejects.toThrow(/authentication failed/);
    const names = await query("select datname from pg_database where datname = 'other'", { password: await token() });
    expect(names).toEqual([]);
  });

  it("starts again when it has died, with its data and the token", async () => {
    await settled();
    const password = await token();
    const [before, wakes] = [pid(), context.wakes];
    process.kill(before, "SIGKILL");
    await until("a call of the controllers", () => context.wakes > wakes);
    await settled();
    expect(pid()).not.toBe(before);
    expect(await query("select value from kept", { password })).toEqual([{ value: "durable" }]);
  });

  it("is dead while a fault says so", async () => {
    await settled();
    const password = await token();
    context.injected = { down: ["store"], partitioned: [] };
    await sql.reconcile(context.records);
    await until("the end of the server", () => sql.units()[0]?.pids.length === 0);
    await sql.reconcile(context.records);
    await expect(query("select 1", { password })).rejects.toThrow(/ECONNREFUSED/);
    expect(sql.units()).toMatchObject([{ healthy: false, trouble: "down by a fault" }]);
    context.injected = { down: [], partitioned: [] };
    await settled();
    expect(await query("select value from kept", { password })).toEqual([{ value: "durable" }]);
  });

  it("goes on after a restart of the local cloud, with a token that was given before", async () => {
    await settled();
    const password = await token();
    await sql.stop();
    sql = newController();
    await settled();
    expect(await query("select value from kept", { password })).toEqual([{ value: "durable" }]);
  });

  it("starts although the number of a server that was killed is another process's by now", async () => {
    await settled();
    const password = await token();
    const { data, user } = new DataFolder(context.directory, "store");
    const [before, other] = [pid(), spawn("sleep", ["1000"], { stdio: "ignore", ...user })];
    context.injected = { down: ["store"], partitioned: [] };
    await sql.reconcile(context.records);
    await until("the end of the server", () => sql.units()[0]?.pids.length === 0);
    const lock = join(data, "postmaster.pid");
    expect(readFileSync(lock, "utf8")).toMatch(new RegExp(`^${before}\n`));
    writeFileSync(lock, readFileSync(lock, "utf8").replace(/^\d+/, String(other.pid)));
    context.injected = { down: [], partitioned: [] };
    await settled().finally(() => other.kill());
    expect(await query("select value from kept", { password })).toEqual([{ value: "durable" }]);
  });

  it("takes another setting", async () => {
    const flags = [
      { name: "cloudsql.iam_authentication", value: "on" },
      { name: "deadlock_timeout", value: "2s" },
    ];
    putInstance({ settings: { databaseFlags: flags } });
    await settled();
    expect(await query("show deadlock_timeout", { password: await token() })).toEqual([{ deadlock_timeout: "2s" }]);
  });

  it("keeps data and server where the instance is changed to what is not emulated", async () => {
    await settled();
    const before = pid();
    putInstance({ ip: { ipv4Enabled: true } });
    await expect(settled()).rejects.toThrow(/ipv4Enabled.* not emulated/);
    expect(pid()).toBe(before);
    putInstance();
    await settled();
    expect(await query("select value from kept", { password: await token() })).toHaveLength(1);
  });

  it("refuses an instance whose clients trust another authority", async () => {
    putInstance({ authority: "-----BEGIN CERTIFICATE-----" });
    await expect(settled()).rejects.toThrow(/another authority/);
    putInstance();
    await settled();
  });

  it("leaves nothing of an instance that is deleted", async () => {
    await settled();
    const { data } = new DataFolder(context.directory, "store");
    expect(existsSync(data)).toBe(true);
    context.records.remove(sample.INSTANCE, sample.INSTANCE_ID);
    await settled();
    expect(sql.units()).toEqual([]);
    expect(existsSync(dirname(data)) || existsSync(join(context.directory, "sql", "store"))).toBe(false);
  });
});
