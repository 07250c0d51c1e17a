/** The store of the resolution service: Cloud SQL for PostgreSQL, private, highly available, without passwords. */
import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config";
import { sharedName } from "../../config/names";
import { labelsOf } from "../labels";
import type { ServiceNetwork } from "./network";

/** Growth stops here, so that a runaway table costs a bounded amount and raises an alert instead. */
const DISK_GROWTH_LIMIT = 10;
/** A week of transaction logs: any second of it can be restored. The most that the Enterprise edition keeps. */
const POINT_IN_TIME_DAYS = 7;
/** Daily backups kept: a month. */
const BACKUPS = 30;

/** What the database is built from. */
export interface DatabaseArgs {
  readonly environment: Environment;
  readonly network: ServiceNetwork;
  /** The control API's account, the only one that may log in. */
  readonly client: gcp.serviceaccount.Account;
}

/** How a client reaches the database; none of it is secret. */
export interface DatabaseEndpoint {
  /** Private address. */
  readonly host: pulumi.Input<string>;
  readonly name: pulumi.Input<string>;
  /** User in PostgreSQL; the password is an access token of the account. */
  readonly user: pulumi.Input<string>;
  /** Certificates, in PEM, that the server's must be signed by. */
  readonly authorities: pulumi.Input<string>;
  /** Name that the server's certificate carries: `<project>:<instance>`. */
  readonly serverName: pulumi.Input<string>;
}

/** Cloud SQL instance, database, and the control API's user in it. */
export class Database extends pulumi.ComponentResource {
  /** How the control API reaches it. */
  readonly endpoint: DatabaseEndpoint;
  /** What must exist before a login can succeed. */
  readonly access: readonly pulumi.Resource[];

  constructor(
    private readonly name: string,
    args: DatabaseArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("platform:resolution:Database", name, {}, opts);
    const { environment } = args;
    const instance = this.instance(args);
    const database = new gcp.sql.Database(
      `${name}-resolution`,
      { name: "resolution", instance: instance.name },
      { parent: this, protect: environment.production },
    );
    const user = this.user(args, instance);
    const login = this.login(args);
    this.endpoint = {
      host: instance.privateIpAddress,
      name: database.name,
      user: user.name,
      authorities: instance.serverCaCerts.apply((certificates) => certificates.map(({ cert }) => cert).join("\n")),
      serverName: `${environment.project}:${instanceName(environment)}`,
    };
    this.access = [database, user, login];
    this.registerOutputs({ host: this.endpoint.host });
  }

  private instance({ environment, network }: DatabaseArgs): gcp.sql.DatabaseInstance {
    const { production, resolution } = environment;
    const { region, diskGb, tier } = resolution.database;
    return new gcp.sql.DatabaseInstance(
      `${this.name}-instance`,
      {
        name: instanceName(environment),
        databaseVersion: "POSTGRES_16",
        region,
        deletionProtection: production,
        settings: {
          tier,
          // PostgreSQL 16 defaults to Enterprise Plus, which does not have the db-custom tiers.
          edition: "ENTERPRISE",
          availabilityType: "REGIONAL",
          diskType: "PD_SSD",
          diskSize: diskGb,
          diskAutoresize: true,
          diskAutoresizeLimit: diskGb * DISK_GROWTH_LIMIT,
          deletionProtectionEnabled: production,
          retainBackupsOnDelete: production,
          userLabels: labelsOf({ environment: environment.name }, "database"),
          ipConfiguration: {
            ipv4Enabled: false,
            privateNetwork: network.networkId,
            allocatedIpRange: network.serviceRangeName,
            sslMode: "ENCRYPTED_ONLY",
          },
          databaseFlags: [{ name: "cloudsql.iam_authentication", value: "on" }],
          backupConfiguration: {
            enabled: true,
            startTime: "02:00",
            pointInTimeRecoveryEnabled: true,
            transactionLogRetentionDays: POINT_IN_TIME_DAYS,
            backupRetentionSettings: { retainedBackups: BACKUPS, retentionUnit: "COUNT" },
          },
          // Sunday, 04:00 UTC; the stable track comes after what others have had for weeks.
          maintenanceWindow: { day: 7, hour: 4, updateTrack: "stable" },
          insightsConfig: { queryInsightsEnabled: true, queryPlansPerMinute: 5, recordApplicationTags: true },
        },
      },
      {
        parent: this,
        dependsOn: [network.serviceConnection],
        protect: production,
        // The disk grows by itself. The initial size, compared with a grown one, would be a shrinkage, and that replaces
        // the instance.
        ignoreChanges: ["settings.diskSize"],
      },
    );
  }

  private user({ client }: DatabaseArgs, instance: gcp.sql.DatabaseInstance): gcp.sql.User {
    return new gcp.sql.User(
      `${this.name}-api-user`,
      {
        instance: instance.name,
        type: "CLOUD_IAM_SERVICE_ACCOUNT",
        name: client.email.apply(databaseUser),
        // An IAM user starts without any privilege. This role owns the databases, so it can run the migrations; the
        // instance holds the one database only, so it reaches nothing else.
        databaseRoles: ["cloudsqlsuperuser"],
        // PostgreSQL refuses to drop a user who owns tables; it goes with the instance.
        deletionPolicy: "ABANDON",
      },
      { parent: this },
    );
  }

  /** The right to log in, to this instance alone. Connecting directly needs no right to the Cloud SQL Admin API. */
  private login({ environment, client }: DatabaseArgs): gcp.projects.IAMMember {
    const { project } = environment;
    const resource = `projects/${project}/instances/${instanceName(environment)}`;
    return new gcp.projects.IAMMember(
      `${this.name}-api-login`,
      {
        project,
        role: "roles/cloudsql.instanceUser",
        member: client.member,
        condition: {
          title: "resolution-store-only",
          expression: `resource.type == "sqladmin.googleapis.com/Instance" && resource.name == "${resource}"`,
        },
      },
      { parent: this },
    );
  }
}

/** Google keeps a deleted instance's name for a week; restoring after a deletion goes into a new instance. */
function instanceName(environment: Environment): string {
  return sharedName(environment.name, "resolution");
}

/** The PostgreSQL user of a service account: the limit on user names makes Cloud SQL cut the email's last part. */
export function databaseUser(email: string): string {
  return email.replace(/\.gserviceaccount\.com$/, "");
}
