import { sqlBackups } from "../../../policy/rules/sql-backups";
import { sqlDeletionProtection } from "../../../policy/rules/sql-deletion-protection";
import { sqlEncrypted } from "../../../policy/rules/sql-encrypted";
import { sqlPrivate } from "../../../policy/rules/sql-private";
import type { ResourceRule } from "../../../policy/support/rule";
import { UNKNOWN, type Properties } from "../../../policy/support/values";
import { judge, resource, sandbox, sharedStack } from "../support/judge";

const database = (rule: ResourceRule, properties: Properties, scope = sharedStack) =>
  judge(rule, resource("gcp:sql/databaseInstance:DatabaseInstance", properties), scope);

describe("sql-private", () => {
  const ip = (ipConfiguration: unknown) => database(sqlPrivate, { settings: { ipConfiguration } });
  const good = { ipv4Enabled: false, privateNetwork: "projects/p/global/networks/n" };

  it("accepts a private address alone", () => {
    expect(ip(good)).toEqual([]);
    expect(ip({ ...good, privateNetwork: UNKNOWN })).toEqual([]);
    expect(ip(UNKNOWN)).toEqual([]);
  });

  it("refuses a public address, which is the default, a missing network and authorized networks", () => {
    expect(ip({ ...good, ipv4Enabled: true })).toEqual(["settings.ipConfiguration.ipv4Enabled is true"]);
    expect(ip({ privateNetwork: "n" })).toEqual(["settings.ipConfiguration.ipv4Enabled is nothing"]);
    expect(ip({ ipv4Enabled: false })).toHaveLength(1);
    expect(ip({ ...good, authorizedNetworks: [{ value: "198.51.100.0/24" }] })).toHaveLength(1);
  });
});

describe("sql-encrypted", () => {
  const mode = (sslMode: unknown) => database(sqlEncrypted, { settings: { ipConfiguration: { sslMode } } });

  it.each(["ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED", UNKNOWN])("accepts %p", (value) => {
    expect(mode(value)).toEqual([]);
  });

  it.each(["ALLOW_UNENCRYPTED_AND_ENCRYPTED", undefined])("refuses %p", (value) => {
    expect(mode(value)).toHaveLength(1);
  });
});

describe("sql-backups", () => {
  const backups = (backupConfiguration: unknown, rest: Properties = {}) =>
    database(sqlBackups, { ...rest, settings: { backupConfiguration } });

  it("accepts backups with point-in-time recovery, known or not", () => {
    expect(backups({ enabled: true, pointInTimeRecoveryEnabled: true })).toEqual([]);
    expect(backups({ enabled: true, pointInTimeRecoveryEnabled: UNKNOWN })).toEqual([]);
  });

  it("refuses a database without either", () => {
    expect(backups({ enabled: true })).toEqual(["settings.backupConfiguration.pointInTimeRecoveryEnabled is nothing"]);
    expect(backups(undefined)).toHaveLength(2);
  });

  it("asks nothing of a replica, which has its primary's", () => {
    expect(backups(undefined, { masterInstanceName: "primary" })).toEqual([]);
  });
});

describe("sql-deletion-protection", () => {
  it("wants both protections in production", () => {
    const both = { deletionProtection: true, settings: { deletionProtectionEnabled: true } };
    expect(database(sqlDeletionProtection, both)).toEqual([]);
    expect(database(sqlDeletionProtection, { ...both, deletionProtection: false })).toEqual([
      "deletionProtection is false",
    ]);
    expect(database(sqlDeletionProtection, { deletionProtection: true, settings: {} })).toHaveLength(1);
  });

  it("lets a sandbox be thrown away", () => {
    expect(database(sqlDeletionProtection, { deletionProtection: false }, { environment: sandbox })).toEqual([]);
  });
});
