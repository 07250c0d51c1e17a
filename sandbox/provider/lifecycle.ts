import type { FaultInjector, Operation } from "./faults";
import { AT_ONCE, NotReady, type Waiter } from "./waiter";
import { CloudError, type ConfiguredPackage, type ResourceType } from "./package";
import type { PropertyPath } from "./property-path";
import type { CloudRecord, RecordStore } from "./store";
import { containsUnknown, type Properties } from "./values";

/** A resource's state as the engine gets it. */
export interface State {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly secrets: readonly PropertyPath[];
}

/** Which resource an operation is about. */
export interface Target {
  readonly urn: string;
  readonly type: string;
}

/** Inputs as the engine sent them. */
export interface Inputs {
  readonly values: Properties;
  readonly secrets: readonly PropertyPath[];
}

/** Creates, reads, updates and deletes the records of one configured package. */
export class Lifecycle {
  constructor(
    private readonly configured: ConfiguredPackage,
    private readonly store: RecordStore,
    private readonly faults: FaultInjector,
    private readonly waiter: Waiter = AT_ONCE,
    private readonly now: () => Date = () => new Date(),
  ) {}

  type(token: string): ResourceType {
    return this.configured.type(token);
  }

  previewCreate(target: Target, inputs: Inputs): State {
    const type = this.type(target.type);
    return {
      id: "",
      inputs: inputs.values,
      outputs: type.preview(inputs.values, undefined),
      secrets: secrets(type, inputs),
    };
  }

  /** Throws {@link NotReady} for a resource that was created and does not work. */
  async create(target: Target, inputs: Inputs, timeoutSeconds = 0): Promise<State> {
    const created = await this.recordNew(target, inputs);
    return await this.ready(target, created, timeoutSeconds);
  }

  private async recordNew(target: Target, inputs: Inputs): Promise<State> {
    const type = this.type(target.type);
    assertKnown(inputs.values, target);
    return await this.withFaults("create", target.type, () => {
      const id = type.id(inputs.values, this.store);
      if (!type.shared && this.store.read(target.type, id) !== undefined) throw alreadyExists(target, id);
      type.assertCreatable(inputs.values, this.store);
      const created = this.now().toISOString();
      const outputs = type.outputs({ id, inputs: inputs.values, olds: undefined, created, store: this.store });
      const record = this.record(type, target, id, inputs, outputs, created);
      if (type.shared) this.store.put(record);
      else if (!this.store.create(record)) throw alreadyExists(target, id);
      return state(record);
    });
  }

  /** The recorded state, or undefined if the resource is gone. */
  async read(target: Target, id: string): Promise<State | undefined> {
    return this.withFaults("read", target.type, () => {
      this.type(target.type);
      const record = this.store.read(target.type, id);
      return record === undefined ? undefined : state(record);
    });
  }

  previewUpdate(target: Target, id: string, olds: Properties, inputs: Inputs): State {
    const type = this.type(target.type);
    return { id, inputs: inputs.values, outputs: type.preview(inputs.values, olds), secrets: secrets(type, inputs) };
  }

  /** Throws {@link NotReady} for a resource that was updated and does not work. */
  async update(target: Target, id: string, inputs: Inputs, timeoutSeconds = 0): Promise<State> {
    const updated = await this.recordChange(target, id, inputs);
    return await this.ready(target, updated, timeoutSeconds);
  }

  private async recordChange(target: Target, id: string, inputs: Inputs): Promise<State> {
    const type = this.type(target.type);
    assertKnown(inputs.values, target);
    return await this.withFaults("update", target.type, () => {
      const old = this.store.read(target.type, id);
      if (old === undefined) {
        throw new CloudError(404, `${target.type} ${id} was not found; run a refresh so that it is created again`);
      }
      const { created, outputs: olds } = old;
      const outputs = type.outputs({ id, inputs: inputs.values, olds, created, store: this.store });
      const record = this.record(type, target, id, inputs, outputs, created);
      this.store.put(record);
      return state(record);
    });
  }

  /** Deletes the resource; one that is gone already counts as deleted. */
  async delete(target: Target, id: string, timeoutSeconds = 0): Promise<void> {
    const type = this.type(target.type);
    await this.withFaults("delete", target.type, () => {
      const record = this.store.read(target.type, id);
      if (record === undefined) return;
      type.assertDeletable(id, record.outputs, this.store);
      this.store.remove(target.type, id);
      type.released(id, record.outputs, this.store);
    });
    const trouble = await this.wait(target, id, timeoutSeconds);
    if (trouble !== undefined) throw new Error(`${id} is still there: ${trouble}`);
  }

  private async ready(target: Target, reached: State, timeoutSeconds: number): Promise<State> {
    const trouble = await this.wait(target, reached.id, timeoutSeconds);
    if (trouble !== undefined) throw new NotReady(reached, trouble);
    return reached;
  }

  private async wait(target: Target, id: string, timeoutSeconds: number): Promise<string | undefined> {
    return await this.waiter({ scope: this.configured.scope, type: target.type, id }, timeoutSeconds);
  }

  /** Runs `work` with the faults of this call before and after it. */
  async withFaults<T>(operation: Operation, type: string, work: () => T): Promise<T> {
    const inject = this.faults.begin(operation, type);
    await inject("before");
    const result = work();
    await inject("after");
    return result;
  }

  private record(
    type: ResourceType,
    target: Target,
    id: string,
    inputs: Inputs,
    outputs: Properties,
    created: string,
  ): CloudRecord {
    const updated = this.now().toISOString();
    return { ...target, id, created, updated, inputs: inputs.values, outputs, secrets: secrets(type, inputs) };
  }
}

function secrets(type: ResourceType, inputs: Inputs): PropertyPath[] {
  return [...inputs.secrets, ...type.secretOutputs];
}

function state(record: CloudRecord): State {
  const { id, inputs, outputs, secrets: secretPaths } = record;
  return { id, inputs, outputs, secrets: secretPaths };
}

function alreadyExists(target: Target, id: string): CloudError {
  return new CloudError(
    409,
    `${target.type}: ${id} already exists; give the new resource another name, or import or delete the existing one`,
  );
}

function assertKnown(inputs: Properties, target: Target): void {
  if (containsUnknown(inputs)) throw new Error(`${target.urn}: unknown input values outside a preview`);
}
