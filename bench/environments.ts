/** Environments of any size for measuring: the production file with its first cluster repeated. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";

const SOURCE = join(__dirname, "..", "Pulumi.prod.yaml");
const CLUSTERS = "platform:clusters";
const MODEL = "free";

interface ConfigFile {
  config: Record<string, unknown> & { [CLUSTERS]: Record<string, { plans?: string[] }> };
}

/** Name of the `index`-th cluster; the first is the environment's default cluster. */
export function clusterAt(index: number): string {
  return index === 0 ? MODEL : `c${index}`;
}

/** Writes `Pulumi.prod.yaml` with so many clusters, all alike but for name and network, and returns its path. */
export function writeEnvironment(folder: string, size: number): string {
  const file = parse(readFileSync(SOURCE, "utf8")) as ConfigFile;
  const model = file.config[CLUSTERS][MODEL];
  file.config[CLUSTERS] = Object.fromEntries(
    Array.from({ length: size }, (_, index) => [clusterAt(index), { ...model, cidr: `10.${16 + index}.0.0/20` }]),
  );
  file.config["platform:placement"] = { defaultCluster: MODEL, plans: model?.plans };
  const path = join(folder, "Pulumi.prod.yaml");
  writeFileSync(path, stringify(file, { aliasDuplicateObjects: false }));
  return path;
}
