/** Clusters of one test, stopped after it. */
import { removeTempDirs, tempDir } from "../../../../support/temp-dir";
import { TestCluster } from "./cluster";

const started: TestCluster[] = [];

/** @param args as TestCluster's; by default a directory of its own. */
export function cluster(...args: Partial<ConstructorParameters<typeof TestCluster>>): TestCluster {
  const [directory = tempDir(), records, network] = args;
  const made = new TestCluster(directory, records, network);
  started.push(made);
  return made;
}

/** Ends what runs of them; for `afterEach`. */
export async function stopClusters(): Promise<void> {
  for (const { workloads, machines } of started.splice(0)) {
    await workloads.stop();
    await machines.stop();
  }
  removeTempDirs();
}
