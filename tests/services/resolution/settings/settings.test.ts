/** Settings of the control API: read from what the Kubernetes objects set, or refused with every mistake at once. */
import { readEnvironmentFile } from "../../../../config";
import { apiVariables } from "../../../../components/resolution-service/manifests/environment";
import { readSettings, VARIABLE_NAMES } from "../../../../services/resolution/settings";
import { SettingsError } from "../../../../services/settings/variables";
import { committedFile } from "../../../support/environments";

const database = { host: "10.2.0.3", name: "resolution", user: "api", authorities: "PEM", serverName: "project:store" };
const variables = variablesOf("prod");

function variablesOf(name: "prod" | "sandbox"): Record<string, string> {
  const environment = readEnvironmentFile(committedFile(name));
  const set = apiVariables(environment, "europe-west1", { database, dnsIdentity: "dns@project.example.org" });
  return Object.fromEntries(Object.entries(set).map(([key, value]) => [key, String(value)]));
}

function mistakesOf(changes: Record<string, string | undefined>): string[] {
  const changed = Object.entries({ ...variables, ...changes }).filter(([, value]) => value !== undefined);
  try {
    readSettings(Object.fromEntries(changed));
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message.split("\n");
  }
  return [];
}

describe("settings of the control API", () => {
  it.each(["prod", "sandbox"] as const)("accept what the objects of the %s environment set", (name) => {
    const environment = readEnvironmentFile(committedFile(name));
    const settings = readSettings(variablesOf(name));
    expect(settings).toMatchObject({
      environment: name,
      zone: environment.domain.zone,
      timings: { ttlSeconds: environment.domain.ttl, graceSeconds: environment.domain.grace, quietSeconds: 300 },
      defaultCluster: environment.placement.defaultCluster,
      plans: environment.placement.plans,
      logLevel: "info",
      database: { host: "10.2.0.3", port: 5432, tls: { authorities: "PEM", serverName: "project:store" } },
    });
    expect(settings.identity).toMatchObject({
      issuer: "https://accounts.google.com",
      dnsIdentity: "dns@project.example.org",
    });
  });

  it("read every variable that the objects set, and only optional ones beside", () => {
    const optional = VARIABLE_NAMES.filter((name) => !(name in variables));
    expect(Object.keys(variables).filter((name) => !(VARIABLE_NAMES as readonly string[]).includes(name))).toEqual([]);
    expect(optional.sort()).toEqual([
      "DATABASE_PASSWORD",
      "DNS_RESOLVERS",
      "LOG_LEVEL",
      "MAX_SETTLE_SECONDS",
      "OIDC_ISSUER",
      "OIDC_JWKS_URL",
      "PHASE_DEADLINE_SECONDS",
      "QUIET_SECONDS",
      "STOPPING_DEADLINE_SECONDS",
    ]);
  });

  it("name every mistake at once, with variable, value and remedy", () => {
    expect(mistakesOf({ PORT: "eighty", ZONE: "Acme.test.", LOG_LEVEL: "loud", REGION: undefined }).sort()).toEqual([
      'LOG_LEVEL is "loud": set one of trace, debug, info, warn, error, fatal, silent',
      'PORT is "eighty": set a port, 0 to 65535; 0 takes any that is free',
      "REGION is not set: set the region that this replica runs in",
      'ZONE is "Acme.test.": set the hosting zone in lower case, without trailing dot',
    ]);
  });

  it.each([
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["TTL_SECONDS", "0"],
    ["TTL_SECONDS", "1.5"],
    ["GRACE_SECONDS", ""],
    ["MAX_SETTLE_SECONDS", "-1"],
    ["PHASE_DEADLINE_SECONDS", "0"],
    ["PLANS", "free,,pro"],
    ["DEFAULT_CLUSTER", "Free"],
    ["CONTROL_API_AUDIENCE", "resolution"],
    ["OIDC_JWKS_URL", "file:///keys"],
    ["DNS_IDENTITY", "nobody"],
    ["DNS_RESOLVERS", "dns.example.org"],
    ["ROLE_BINDINGS", "{"],
    ["ROLE_BINDINGS", '{"admin":["a@example.org"]}'],
    ["ROLE_BINDINGS", '{"operator":["nobody"]}'],
    ["DATABASE_PORT", "0"],
    ["DATABASE_CA", undefined],
    ["DATABASE_SERVER_NAME", undefined],
  ])("refuse %s=%s and nothing else", (name, value) => {
    const [mistake, ...others] = mistakesOf({ [name]: value });
    expect(mistake).toMatch(new RegExp(`^${name} is .+: set .+`));
    expect(others).toEqual([]);
  });

  it("do not repeat secrets", () => {
    expect(mistakesOf({ DATABASE_PASSWORD: "" })).toEqual([
      "DATABASE_PASSWORD is refused: set the user's password, or leave the variable out",
    ]);
  });

  it("need no certificates for a Unix socket", () => {
    const settings = readSettings({
      ...variables,
      DATABASE_HOST: "/run/postgresql",
      DATABASE_CA: undefined,
      DATABASE_SERVER_NAME: undefined,
    });
    expect(settings.database).toMatchObject({ host: "/run/postgresql", tls: undefined });
  });

  it("shorten or stretch what transfers wait for", () => {
    const waits = {
      QUIET_SECONDS: "20",
      MAX_SETTLE_SECONDS: "9",
      PHASE_DEADLINE_SECONDS: "5",
      STOPPING_DEADLINE_SECONDS: "7",
    };
    expect(readSettings({ ...variables, ...waits }).timings).toMatchObject({
      quietSeconds: 20,
      maxSettleSeconds: 9,
      phaseSeconds: { accepting: 5, forwarding: 5, stopping: 7, publishing: 5, aborting: 5 },
    });
  });

  it.each(["0", "9", "19"])(
    "refuse to take a silence of %s s for quiet, of which edges would not have told",
    (quiet) => {
      expect(mistakesOf({ QUIET_SECONDS: quiet })).toEqual([
        `QUIET_SECONDS is "${quiet}": set whole seconds, 20 to 604800: edges report every 10 s who was asked for, so that a shorter silence says nothing`,
      ]);
    },
  );

  it("bind roles to emails", () => {
    const { identity } = readSettings({ ...variables, ROLE_BINDINGS: '{"resolver":["web@example.org"]}' });
    expect(identity.bindings).toEqual({ resolver: ["web@example.org"], platform: [], operator: [] });
  });
});
