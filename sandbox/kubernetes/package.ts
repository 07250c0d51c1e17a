import { parse } from "yaml";
import { CUSTOM_KINDS, KUBERNETES_KINDS, kubernetesFacts } from "../facts/kubernetes";
import { remedyForUnknown } from "../../config/nearest";
import type { Failure, ProviderPackage } from "../provider/package";
import { list, object, type Properties, show, text, type Value } from "../provider/values";
import { KubernetesResourceType } from "./resource-type";

/** The release of the official provider whose rules are followed; the same as @pulumi/kubernetes's in package.json. */
export const KUBERNETES_VERSION = "4.34.2";

const CONFIGURATION = [
  "alwaysRender",
  "cluster",
  "clusterIdentifier",
  "context",
  "deleteUnreachable",
  "enableConfigMapMutable",
  "enablePatchForce",
  "enableSecretMutable",
  "enableServerSideApply",
  "helmReleaseSettings",
  "kubeClientSettings",
  "kubeconfig",
  "namespace",
  "renderYamlToDirectory",
  "skipUpdateUnreachable",
  "suppressDeprecationWarnings",
  "suppressHelmHookWarnings",
  "upsertExistingObjects",
  "version",
];

/** Configuration that lets objects of a kind change their data in place; the provider replaces them otherwise. */
const MUTABLE_KINDS = { enableConfigMapMutable: "ConfigMap", enableSecretMutable: "Secret" } as const;

/** The objects of Kubernetes clusters; which cluster, says the kubeconfig. */
export const KUBERNETES: ProviderPackage = {
  name: "kubernetes",
  version: KUBERNETES_VERSION,
  checkConfig(news) {
    return Object.entries(news).flatMap(([name, value]): Failure[] => {
      if (CONFIGURATION.includes(name)) return [];
      const remedy = remedyForUnknown(name, CONFIGURATION);
      return [{ property: name, reason: `unknown configuration of the provider (value ${show(value)}); ${remedy}` }];
    });
  },
  replaces(olds, news) {
    try {
      return clusterOf(olds) === clusterOf(news) ? [] : ["kubeconfig"];
    } catch {
      return []; // a kubeconfig that cannot be read yet, or not at all, is reported when the provider is configured
    }
  },
  configure(config) {
    const cluster = clusterOf(config);
    const namespace = text(config.namespace) || "default";
    const mutableKinds = Object.entries(MUTABLE_KINDS).flatMap(([key, kind]) => (isOn(config[key]) ? [kind] : []));
    const types = new Map<string, KubernetesResourceType>();
    return {
      scope: `kubernetes/${cluster.replace(/[^A-Za-z0-9.-]+/g, "-")}`,
      type(token) {
        const known = types.get(token) ?? newType(token, namespace, mutableKinds);
        types.set(token, known);
        return known;
      },
    };
  },
};

function newType(token: string, namespace: string, mutableKinds: readonly string[]): KubernetesResourceType {
  const kind = KUBERNETES_KINDS[token] ?? CUSTOM_KINDS[token];
  // Asking for the facts of an unknown kind fails with an error that tells how to add it.
  if (kind === undefined) kubernetesFacts(token);
  return new KubernetesResourceType(token, kind!, namespace, mutableKinds.includes(kind!.kind));
}

/** Configuration reaches a provider as text: SDKs send everything but strings as JSON. */
function isOn(value: Value | undefined): boolean {
  return value === true || value === "true";
}

/** The address of the cluster that the kubeconfig's current context points at, without scheme. */
function clusterOf(config: Properties): string {
  const kubeconfig = text(config.kubeconfig);
  if (kubeconfig === "") {
    throw new Error(
      "the kubernetes provider has no kubeconfig; the local provider needs one to know the cluster: set it on the Provider",
    );
  }
  const parsed = object(parse(kubeconfig) as Value);
  const named = (property: string, name: Value | undefined) =>
    object(list(parsed[property]).find((entry) => object(entry).name === name));
  const wanted = config.context ?? parsed["current-context"];
  const context = object(named("contexts", wanted).context);
  const server = text(object(named("clusters", config.cluster ?? context.cluster).cluster).server);
  if (server === "") {
    throw new Error(
      `the kubeconfig's context ${show(wanted)} leads to no cluster with a server; check current-context, contexts and clusters`,
    );
  }
  return server.replace(/^https?:\/\//, "");
}
