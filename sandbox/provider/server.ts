import type * as grpc from "@grpc/grpc-js";
import * as empty from "google-protobuf/google/protobuf/empty_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import type { FaultInjector } from "./faults";
import { Lifecycle, type Inputs } from "./lifecycle";
import type { Change, Difference, Failure, ProviderPackage } from "./package";
import { formatPath, valueAt } from "./property-path";
import { refusal } from "./refusal";
import { RecordStore } from "./store";
import type { Properties } from "./values";
import { AT_ONCE, type Waiter } from "./waiter";
import { decode, encode } from "./wire";

/**
 * Serves one package to the engine over Pulumi's provider protocol.
 *
 * It speaks the protocol itself, because `Server` of `@pulumi/pulumi/provider` cannot do previews: it does not announce
 * them, so the engine never calls create or update in one and every computed output of an updated resource turns
 * unknown; and its diff has no per-property detail, so nobody could be told why something is replaced.
 */
export class ProviderServer {
  private lifecycle: Lifecycle | undefined;

  constructor(
    private readonly served: ProviderPackage,
    private readonly root: string,
    private readonly faults: FaultInjector,
    private readonly waiter: Waiter = AT_ONCE,
  ) {}

  /** Capabilities: secrets and previews yes; resource references and output values no, they arrive as plain values. */
  handshake(): rpc.ProviderHandshakeResponse {
    const response = new rpc.ProviderHandshakeResponse();
    response.setAcceptSecrets(true);
    return response;
  }

  getPluginInfo(): plugin.PluginInfo {
    const info = new plugin.PluginInfo();
    info.setVersion(this.served.version);
    return info;
  }

  /** The SDKs are generated already and nobody asks for the schema at run time, so the answer is the bare minimum. */
  getSchema(): rpc.GetSchemaResponse {
    const response = new rpc.GetSchemaResponse();
    response.setSchema(JSON.stringify({ name: this.served.name, version: this.served.version }));
    return response;
  }

  checkConfig(request: rpc.CheckRequest): rpc.CheckResponse {
    const { values, secrets } = decode(request.getNews());
    const response = new rpc.CheckResponse();
    response.setInputs(encode(values, secrets));
    response.setFailuresList(this.served.checkConfig(values).map(failureMessage));
    return response;
  }

  diffConfig(request: rpc.DiffRequest): rpc.DiffResponse {
    const olds = decode(request.getOldInputs() ?? request.getOlds()).values;
    const news = decode(request.getNews()).values;
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((key) => key !== "version");
    const replaces = this.served.replaces(olds, news);
    const changes = keys
      .filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]))
      .map((key): Change => {
        const kind = olds[key] === undefined ? "add" : news[key] === undefined ? "delete" : "update";
        return { path: [key], kind, replace: replaces.includes(key) };
      });
    return differenceMessage({ changes, deleteBeforeReplace: false }, olds);
  }

  configure(request: rpc.ConfigureRequest): rpc.ConfigureResponse {
    const configured = this.served.configure(decode(request.getArgs()).values);
    this.lifecycle = new Lifecycle(configured, new RecordStore(this.root, configured.scope), this.faults, this.waiter);
    const response = new rpc.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    return response;
  }

  async check(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
    const type = this.configured().type(request.getType());
    const { values: news, secrets } = decode(request.getNews());
    const { values: olds } = decode(request.getOlds());
    const checked = await this.configured().withFaults("check", request.getType(), () =>
      type.check({ urn: request.getUrn(), olds, news, randomSeed: request.getRandomseed_asU8() }),
    );
    const response = new rpc.CheckResponse();
    response.setInputs(encode(checked.inputs, secrets));
    response.setFailuresList(checked.failures.map(failureMessage));
    return response;
  }

  async diff(request: rpc.DiffRequest): Promise<rpc.DiffResponse> {
    const type = this.configured().type(request.getType());
    const { values: olds } = decode(request.getOlds());
    const { values: oldInputs } = decode(request.getOldInputs());
    const { values: news } = decode(request.getNews());
    const difference = await this.configured().withFaults("diff", request.getType(), () => type.diff(olds, news));
    return differenceMessage(difference, oldInputs);
  }

  async create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    const target = { urn: request.getUrn(), type: request.getType() };
    const inputs = inputsOf(request.getProperties());
    const state = request.getPreview()
      ? this.configured().previewCreate(target, inputs)
      : await this.configured().create(target, inputs, request.getTimeout());
    const response = new rpc.CreateResponse();
    response.setId(state.id);
    response.setProperties(encode(state.outputs, state.secrets));
    return response;
  }

  async read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
    const state = await this.configured().read({ urn: request.getUrn(), type: request.getType() }, request.getId());
    const response = new rpc.ReadResponse();
    if (state === undefined) return response; // an empty id tells the engine that the resource is gone
    response.setId(state.id);
    response.setInputs(encode(state.inputs, state.secrets));
    response.setProperties(encode(state.outputs, state.secrets));
    return response;
  }

  async update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
    const target = { urn: request.getUrn(), type: request.getType() };
    const inputs = inputsOf(request.getNews());
    const state = request.getPreview()
      ? this.configured().previewUpdate(target, request.getId(), decode(request.getOlds()).values, inputs)
      : await this.configured().update(target, request.getId(), inputs, request.getTimeout());
    const response = new rpc.UpdateResponse();
    response.setProperties(encode(state.outputs, state.secrets));
    return response;
  }

  async delete(request: rpc.DeleteRequest): Promise<empty.Empty> {
    const target = { urn: request.getUrn(), type: request.getType() };
    await this.configured().delete(target, request.getId(), request.getTimeout());
    return new empty.Empty();
  }

  invoke(request: rpc.InvokeRequest): rpc.InvokeResponse {
    throw new Error(
      `${request.getTok()}: the local provider serves no functions; take the value from configuration or a resource`,
    );
  }

  /** Nothing is under way that could be interrupted: every operation is a few file operations. */
  cancel(): empty.Empty {
    return new empty.Empty();
  }

  /** Only an engine that finds a running provider attaches; it needs no more than an answer. */
  attach(): empty.Empty {
    return new empty.Empty();
  }

  private configured(): Lifecycle {
    if (this.lifecycle === undefined) throw new Error(`the provider ${this.served.name} has not been configured`);
    return this.lifecycle;
  }
}

function inputsOf(struct: Parameters<typeof decode>[0]): Inputs {
  return decode(struct);
}

function failureMessage(failure: Failure): rpc.CheckFailure {
  const message = new rpc.CheckFailure();
  message.setProperty(failure.property);
  message.setReason(failure.reason);
  return message;
}

const KINDS = {
  add: [rpc.PropertyDiff.Kind.ADD, rpc.PropertyDiff.Kind.ADD_REPLACE],
  delete: [rpc.PropertyDiff.Kind.DELETE, rpc.PropertyDiff.Kind.DELETE_REPLACE],
  update: [rpc.PropertyDiff.Kind.UPDATE, rpc.PropertyDiff.Kind.UPDATE_REPLACE],
} as const;

function differenceMessage({ changes, deleteBeforeReplace }: Difference, oldInputs: Properties): rpc.DiffResponse {
  const response = new rpc.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;
  response.setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setDiffsList(topLevel(changes));
  response.setReplacesList(topLevel(changes.filter((change) => change.replace)));
  response.setHasdetaileddiff(true);
  for (const { path, kind, replace } of changes) {
    const detail = new rpc.PropertyDiff();
    detail.setKind(KINDS[kind][replace ? 1 : 0]);
    detail.setInputdiff(kind === "add" || valueAt(oldInputs, path) !== undefined);
    response.getDetaileddiffMap().set(formatPath(path), detail);
  }
  response.setDeletebeforereplace(deleteBeforeReplace);
  return response;
}

function topLevel(changes: readonly Change[]): string[] {
  return [...new Set(changes.map((change) => String(change.path[0])))];
}

type Handlers = Partial<Record<string, grpc.handleUnaryCall<never, unknown>>>;

/** The methods of {@link ProviderServer} as gRPC handlers; whatever is thrown reaches the user as the call's message. */
export function handlers(server: ProviderServer): Handlers {
  const unary = <Request>(method: (request: Request) => unknown): grpc.handleUnaryCall<never, unknown> => {
    return (call, callback) => {
      Promise.resolve(call.request as Request)
        .then(method)
        .then(
          (response) => callback(null, response),
          (error: unknown) => callback(refusal(error)),
        );
    };
  };
  return {
    handshake: unary(() => server.handshake()),
    getPluginInfo: unary(() => server.getPluginInfo()),
    getSchema: unary(() => server.getSchema()),
    checkConfig: unary((request: rpc.CheckRequest) => server.checkConfig(request)),
    diffConfig: unary((request: rpc.DiffRequest) => server.diffConfig(request)),
    configure: unary((request: rpc.ConfigureRequest) => server.configure(request)),
    check: unary((request: rpc.CheckRequest) => server.check(request)),
    diff: unary((request: rpc.DiffRequest) => server.diff(request)),
    create: unary((request: rpc.CreateRequest) => server.create(request)),
    read: unary((request: rpc.ReadRequest) => server.read(request)),
    update: unary((request: rpc.UpdateRequest) => server.update(request)),
    delete: unary((request: rpc.DeleteRequest) => server.delete(request)),
    invoke: unary((request: rpc.InvokeRequest) => server.invoke(request)),
    cancel: unary(() => server.cancel()),
    attach: unary(() => server.attach()),
  };
}
