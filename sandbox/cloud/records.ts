/** The records of the engine's resources, read from the folder that the provider plugins write. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { RecordStore, type CloudRecord } from "../provider/store";
import type { Records } from "./controller";

const GOOGLE = "gcp";
const KUBERNETES = "kubernetes";

/** Reads a record each time it is asked for. */
export class FolderRecords implements Records {
  private readonly gcp: RecordStore;

  /** @param root folder of the records; it need not exist yet. */
  constructor(private readonly root: string) {
    this.gcp = new RecordStore(root, GOOGLE);
  }

  google(type: string): readonly CloudRecord[] {
    return this.gcp.list(type);
  }

  kubernetesClusters(): readonly string[] {
    const folder = join(this.root, KUBERNETES);
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  kubernetes(cluster: string, type: string): readonly CloudRecord[] {
    return new RecordStore(this.root, `${KUBERNETES}/${cluster}`).list(type);
  }
}

/** One consistent enough view for a pass over all controllers: a type is read once, when it is first asked for. */
export class RecordsOfOnePass implements Records {
  private readonly read = new Map<string, readonly CloudRecord[]>();
  private clusters: readonly string[] | undefined;

  constructor(private readonly source: Records) {}

  google(type: string): readonly CloudRecord[] {
    return this.once(type, () => this.source.google(type));
  }

  kubernetesClusters(): readonly string[] {
    return (this.clusters ??= this.source.kubernetesClusters());
  }

  kubernetes(cluster: string, type: string): readonly CloudRecord[] {
    return this.once(`${cluster} ${type}`, () => this.source.kubernetes(cluster, type));
  }

  private once(key: string, read: () => readonly CloudRecord[]): readonly CloudRecord[] {
    const known = this.read.get(key) ?? read();
    this.read.set(key, known);
    return known;
  }
}
