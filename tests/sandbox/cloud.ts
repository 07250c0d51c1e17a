import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GCP } from "../../sandbox/gcp/package";
import type { Checked, ConfiguredPackage, ProviderPackage } from "../../sandbox/provider/package";
import { FaultInjector } from "../../sandbox/provider/faults";
import { Lifecycle, type State } from "../../sandbox/provider/lifecycle";
import { RecordStore } from "../../sandbox/provider/store";
import type { Properties } from "../../sandbox/provider/values";
import { PROJECT, REGION } from "./samples";

const SEED = new Uint8Array([1, 2, 3, 4]);

/** A local cloud in a temporary folder, used without an engine. */
export class TestCloud {
  readonly directory = mkdtempSync(join(tmpdir(), "local-cloud-"));
  readonly configured: ConfiguredPackage;
  readonly store: RecordStore;
  readonly lifecycle: Lifecycle;

  constructor(served: ProviderPackage = GCP, config: Properties = { project: PROJECT, region: REGION }) {
    this.configured = served.configure(config);
    this.store = new RecordStore(this.directory, this.configured.scope);
    this.lifecycle = new Lifecycle(this.configured, this.store, new FaultInjector([]));
  }

  check(type: string, news: Properties, olds: Properties = {}): Checked {
    return this.configured.type(type).check({ urn: urn(type), olds, news, randomSeed: SEED });
  }

  /** Checks and creates, as the engine does; throws what either refuses. */
  async create(type: string, news: Properties): Promise<State> {
    const { inputs, failures } = this.check(type, news);
    if (failures.length > 0)
      throw new Error(failures.map(({ property, reason }) => `${property}: ${reason}`).join("; "));
    return this.lifecycle.create({ urn: urn(type), type }, { values: inputs, secrets: [] });
  }

  async update(type: string, id: string, news: Properties): Promise<State> {
    return this.lifecycle.update({ urn: urn(type), type }, id, { values: news, secrets: [] });
  }

  async delete(type: string, id: string): Promise<void> {
    await this.lifecycle.delete({ urn: urn(type), type }, id);
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Name of the resource that the tests' URNs are of. */
export const RESOURCE = "My-Resource";

function urn(type: string): string {
  return `urn:pulumi:test::project::${type}::${RESOURCE}`;
}
