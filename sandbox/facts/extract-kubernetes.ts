/*
 * Writes the facts about Kubernetes' resource types (sandbox/facts/kubernetes/definitions.jsonl) from the type
 * declarations of @pulumi/kubernetes, which are generated from the API's own OpenAPI document:
 *
 *   node --import tsx sandbox/facts/extract-kubernetes.ts
 *
 * Run it after adding a kind to KUBERNETES_KINDS or updating @pulumi/kubernetes.
 */
import { writeFileSync } from "node:fs";
import { DEFINITIONS_FILE } from "./kubernetes";
import { extractDefinitions, formatDefinitions } from "./kubernetes-declarations";

const definitions = extractDefinitions();
writeFileSync(DEFINITIONS_FILE, formatDefinitions(definitions));
process.stdout.write(`${Object.keys(definitions).length} definitions in ${DEFINITIONS_FILE}\n`);
