/** Clusters: read from the environment's documents, kept in the store, told to the feed. */
export { getCluster, knownDocuments, listClusters, setLifecycle } from "./clusters";
export { readDocuments } from "./documents";
export { syncClusters, type ClusterSync } from "./sync";
export { watchClusters, type ClusterWatch } from "./watch";
export { dnsEntry, holdDefaultCluster, readDefaultCluster } from "./zone";
