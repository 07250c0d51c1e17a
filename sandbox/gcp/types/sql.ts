import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../../provider/package";
import { DIRECTORY_VARIABLE, type RecordStore } from "../../provider/store";
import { isAbsent, isProperties, isUnknown, object, type Properties, show, text } from "../../provider/values";
import { parseCidr } from "../../../config/cidr";
import { AUTHORITY_FILE } from "../../cloud/client";
import type { Definitions, OutputContext, Rule } from "../definition";
import { claimExternalAddress, claimInternalAddress, releaseAddress } from "../addresses";
import { number } from "../../provider/hash";
import { relativeLink, sameLink, shortName } from "../links";
import { failure, labels, oneOf, pattern } from "../rules";

const INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance";
const CONNECTION = "gcp:servicenetworking/connection:Connection";
/** What private addresses are taken from. */
const PRIVATE_POOL = "cloud-sql";
const PRIVATE_RANGE = parseCidr("10.64.0.0/10");
const IAM_USERS = ["CLOUD_IAM_USER", "CLOUD_IAM_SERVICE_ACCOUNT", "CLOUD_IAM_GROUP"];
/** `<project>:<instance>` may have this many characters. */
const QUALIFIED_NAME_LENGTH = 98;

const nameLength: Rule = (inputs) => {
  const qualified = `${text(inputs.project)}:${text(inputs.name)}`;
  return qualified.length > QUALIFIED_NAME_LENGTH
    ? [
        failure(
          "name",
          `${show(qualified)} has ${qualified.length} characters; shorten the name so that they are at most ${QUALIFIED_NAME_LENGTH}`,
        ),
      ]
    : [];
};

const settings: Rule = (inputs) => {
  const given = inputs.settings;
  if (isAbsent(given))
    return isAbsent(inputs.clone) ? [failure("settings", "missing; set at least settings.tier")] : [];
  if (!isProperties(given)) return [];
  return [...addressFailures(given), ...availabilityFailures(given, text(inputs.databaseVersion))];
};

function addressFailures(given: Properties): Failure[] {
  const ip = given.ipConfiguration;
  if (!isProperties(ip)) return [];
  const failures: Failure[] = [];
  if (ip.ipv4Enabled === false && isAbsent(ip.privateNetwork) && isAbsent(ip.pscConfigs)) {
    failures.push(
      failure(
        "settings.ipConfiguration.ipv4Enabled",
        "false without privateNetwork; set the network to be reached from",
      ),
    );
  }
  const mode = ip.sslMode;
  const modes = ["ALLOW_UNENCRYPTED_AND_ENCRYPTED", "ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"];
  if (typeof mode === "string" && !modes.includes(mode)) {
    failures.push(
      failure("settings.ipConfiguration.sslMode", `${show(mode)} is not valid; use one of ${modes.join(", ")}`),
    );
  }
  return failures;
}

/** A highly available instance is rebuilt from backups and logs, so it must have them. */
function availabilityFailures(given: Properties, version: string): Failure[] {
  const availability = given.availabilityType;
  const failures: Failure[] = [];
  if (typeof availability === "string" && !["REGIONAL", "ZONAL"].includes(availability)) {
    failures.push(failure("settings.availabilityType", `${show(availability)} is not valid; use REGIONAL or ZONAL`));
  }
  const backup = object(given.backupConfiguration);
  if (availability !== "REGIONAL" || isUnknown(given.backupConfiguration)) return failures;
  const log = version.startsWith("MYSQL") ? "binaryLogEnabled" : "pointInTimeRecoveryEnabled";
  for (const property of ["enabled", log]) {
    if (backup[property] === true || isUnknown(backup[property])) continue;
    failures.push(failure(`settings.backupConfiguration.${property}`, "must be true for availabilityType REGIONAL"));
  }
  return failures;
}

/** A private address comes from a range that is peered with Google's services. */
function missingPeering(inputs: Properties, store: RecordStore): string | undefined {
  const network = text(object(object(inputs.settings).ipConfiguration).privateNetwork);
  if (network === "" || store.list(CONNECTION).some(({ outputs }) => sameLink(outputs.network, network)))
    return undefined;
  return (
    `The network '${relativeLink(network)}' has no private services connection; ` +
    "create a servicenetworking.Connection in it first and let the instance depend on it"
  );
}

/** Disks grow in place; to shrink one the instance is replaced. */
function shrinksDisk(olds: Properties, news: Properties): string[] {
  const size = (properties: Properties) => object(properties.settings).diskSize;
  const [before, after] = [size(olds), size(news)];
  return typeof before === "number" && typeof after === "number" && after < before ? ["settings.diskSize"] : [];
}

function instanceOutputs({ id, inputs, store, created }: OutputContext): Properties {
  const ip = object(object(inputs.settings).ipConfiguration);
  const addresses: Properties[] = [];
  if (ip.ipv4Enabled !== false)
    addresses.push({ type: "PRIMARY", ipAddress: claimExternalAddress(store, id), timeToRetire: "" });
  if (!isAbsent(ip.privateNetwork)) {
    const ipAddress = claimInternalAddress(store, PRIVATE_POOL, PRIVATE_RANGE, id);
    addresses.push({ type: "PRIVATE", ipAddress, timeToRetire: "" });
  }
  const addressOf = (type: string) => addresses.find((address) => address.type === type)?.ipAddress ?? "";
  return {
    connectionName: `${text(inputs.project)}:${text(inputs.region)}:${text(inputs.name)}`,
    ipAddresses: addresses,
    firstIpAddress: addresses[0]?.ipAddress ?? "",
    publicIpAddress: addressOf("PRIMARY"),
    privateIpAddress: addressOf("PRIVATE"),
    serviceAccountEmailAddress: `p${number(id, created)}@gcp-sa-cloud-sql.iam.gserviceaccount.com`,
    instanceType: "CLOUD_SQL_INSTANCE",
    ...serverAuthority(created),
  };
}

/** Where a local cloud runs, the authority that signs its servers' certificates. */
function serverAuthority(created: string): Properties {
  const folder = process.env[DIRECTORY_VARIABLE];
  const file = folder === undefined ? undefined : join(folder, AUTHORITY_FILE);
  if (file === undefined || !existsSync(file)) return {};
  const cert = readFileSync(file, "utf8");
  const { subject, validTo, fingerprint } = new X509Certificate(cert);
  const sha1Fingerprint = fingerprint.replaceAll(":", "").toLowerCase();
  const expirationTime = new Date(validTo).toISOString();
  return { serverCaCerts: [{ cert, commonName: subject, createTime: created, expirationTime, sha1Fingerprint }] };
}

const userRules: Rule = (inputs) => {
  const type = text(inputs.type);
  const failures: Failure[] = [];
  if (IAM_USERS.includes(type) && !isAbsent(inputs.password)) {
    failures.push(failure("password", `cannot be set for a user of type ${type}; remove it`));
  }
  if (type === "CLOUD_IAM_SERVICE_ACCOUNT" && text(inputs.name).endsWith(".gserviceaccount.com")) {
    failures.push(failure("name", `${show(inputs.name)} is too long for PostgreSQL; leave out ".gserviceaccount.com"`));
  }
  return failures;
};

/** Cloud SQL. */
export const SQL_TYPES: Definitions = {
  [INSTANCE]: {
    id: "projects/{project}/instances/{name}",
    selfLink: "https://sqladmin.googleapis.com/sql/v1beta4/",
    rules: [
      pattern(
        "name",
        /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
        "use lowercase letters, digits and hyphens, starting with a letter",
      ),
      nameLength,
      pattern("databaseVersion", /^(POSTGRES|MYSQL|SQLSERVER)_\w+$/, "use a version like POSTGRES_17"),
      (inputs) => labels("userLabels")(object(inputs.settings)),
      settings,
    ],
    replaces: shrinksDisk,
    obstacle: missingPeering,
    outputs: instanceOutputs,
    changing: ["firstIpAddress", "ipAddresses", "publicIpAddress", "privateIpAddress"],
    // As in the real provider, protection is on unless it is switched off.
    protection: (outputs) =>
      outputs.deletionProtection === false
        ? undefined
        : "deletionProtection is on (the default); set it to false and deploy, then delete",
    released: (id, outputs, store) => {
      releaseAddress(store, "", text(outputs.publicIpAddress), id);
      releaseAddress(store, PRIVATE_POOL, text(outputs.privateIpAddress), id);
    },
  },
  "gcp:sql/database:Database": {
    id: "projects/{project}/instances/{instance:short}/databases/{name}",
    selfLink: "https://sqladmin.googleapis.com/sql/v1beta4/",
    obstacle: (inputs, store) => missingInstance(inputs, store),
    outputs: () => ({ charset: "UTF8", collation: "en_US.UTF8" }),
  },
  "gcp:sql/user:User": {
    id: "{name}//{project}/{instance:short}",
    rules: [oneOf("type", ["BUILT_IN", ...IAM_USERS, "CLOUD_IAM_WORKFORCE_IDENTITY", "ENTRAID_USER"]), userRules],
    obstacle: (inputs, store) => missingInstance(inputs, store),
    outputs: () => ({ host: "" }),
  },
};

function missingInstance(inputs: Properties, store: RecordStore): string | undefined {
  const id = `projects/${text(inputs.project)}/instances/${shortName(text(inputs.instance))}`;
  return store.read(INSTANCE, id) === undefined ? `The instance '${id}' was not found; create it first` : undefined;
}
