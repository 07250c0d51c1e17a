import { isOutputOnly } from "../facts/fact";
import { gcpFacts } from "../facts/gcp";
import { remedyForUnknown } from "../../config/nearest";
import type { ConfiguredPackage, Failure, ProviderPackage } from "../provider/package";
import { isProperties, isUnknown, type Properties, show, text } from "../provider/values";
import { DEFINITIONS } from "./definitions";
import { GcpResourceType, type ProviderDefaults } from "./resource-type";

/** The release of the official provider whose rules the facts state; the same as @pulumi/gcp's in package.json. */
export const GCP_VERSION = "9.37.0";

/** Configuration of the provider, besides `<service>CustomEndpoint`. */
const CONFIGURATION = [
  "accessToken",
  "addPulumiAttributionLabel",
  "batching",
  "billingProject",
  "credentials",
  "defaultLabels",
  "deletionPolicy",
  "disableGooglePartnerName",
  "externalCredentials",
  "googlePartnerName",
  "impersonateServiceAccount",
  "impersonateServiceAccountDelegates",
  "pollInterval",
  "preferGlobalEndpoints",
  "preferRegionalEndpoints",
  "project",
  "pulumiAttributionLabelAdditionStrategy",
  "region",
  "requestReason",
  "requestTimeout",
  "scopes",
  "universeDomain",
  "userProjectOverride",
  "version",
  "zone",
];

/** Google Cloud, as far as the program needs it. */
export const GCP: ProviderPackage = {
  name: "gcp",
  version: GCP_VERSION,
  replaces: () => [],
  checkConfig(news) {
    return Object.entries(news).flatMap(([name, value]): Failure[] => {
      if (CONFIGURATION.includes(name) || name.endsWith("CustomEndpoint")) return [];
      const remedy = remedyForUnknown(name, CONFIGURATION);
      return [{ property: name, reason: `unknown configuration of the provider (value ${show(value)}); ${remedy}` }];
    });
  },
  configure(config) {
    return configured(providerDefaults(config));
  },
};

function configured(defaults: ProviderDefaults): ConfiguredPackage {
  const types = new Map<string, GcpResourceType>();
  return {
    scope: "gcp",
    type(token) {
      const known = types.get(token) ?? new GcpResourceType(token, definitionOf(token), defaults);
      types.set(token, known);
      return known;
    },
  };
}

function definitionOf(token: string) {
  const definition = DEFINITIONS[token];
  if (definition !== undefined) return definition;
  // Reading the facts of a type without facts fails with an error that tells how to add it.
  const inputs = Object.values(gcpFacts(token)).filter((fact) => !isOutputOnly(fact)).length;
  throw new Error(
    `${token}: there are facts about this resource type (${inputs} inputs), but it is not in sandbox/gcp/types`,
  );
}

function providerDefaults(config: Properties): ProviderDefaults {
  const optional = (name: "project" | "region" | "zone") =>
    text(config[name]) === "" ? {} : { [name]: text(config[name]) };
  return {
    ...optional("project"),
    ...optional("region"),
    ...optional("zone"),
    labels: structured(config.defaultLabels),
  };
}

/** The SDK sends structured configuration as JSON text. */
function structured(value: Properties[string]): Properties {
  if (isUnknown(value)) return {};
  const parsed: unknown = typeof value === "string" ? JSON.parse(value) : value;
  return isProperties(parsed) ? parsed : {};
}
