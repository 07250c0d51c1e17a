/** Load balancers with real HAProxies among machines that a test makes up. */
import { once } from "node:events";
import {
  createServer as createHttpServer,
  type Agent,
  request as httpRequest,
  type IncomingMessage,
  type Server,
} from "node:http";
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { Certified } from "../../../../../sandbox/cloud/authority";
import type { Instance, Pod } from "../../../../../sandbox/cloud/context";
import type { ResourceName, Standing, Unit } from "../../../../../sandbox/cloud/controller";
import { LoadBalancers } from "../../../../../sandbox/cloud/load-balancers";
import type { Machine } from "../../../../../sandbox/cloud/machine";
import { until } from "../../../../support/until";
import { TestContext } from "../../google-context";
import { GROUP, NETWORK } from "./stack";

/** Less than a test has. */
const PATIENCE_MS = 20_000;

const UNUSED = () => {
  throw new Error("no test here starts machines");
};

export class World {
  readonly instances: Instance[] = [];
  readonly pods: Pod[] = [];
  certified: Certified = { is: "missing", because: "not issued: a test says so" };
  /** Ranges whose connections the firewall drops. */
  readonly refusedRanges = new Set<string>();
  readonly balancers: LoadBalancers;
  private readonly closing: (() => Promise<void>)[] = [];

  private constructor(readonly context: TestContext) {
    this.balancers = new LoadBalancers(context, {
      instances: {
        all: () => this.instances,
        inGroup: (group) => (group === GROUP ? this.instances : []),
      },
      pods: {
        selected: (_cluster, _namespace, selector) =>
          this.pods.filter(({ labels }) => Object.entries(selector).every(([key, value]) => labels[key] === value)),
      },
      firewall: {
        allows: (_records, _target, _port, source) => {
          const range = "range" in source ? source.range : "";
          return this.refusedRanges.has(range)
            ? { allowed: false, reason: `no firewall rule allows ${range}` }
            : { allowed: true, reason: "allowed" };
        },
      },
      certificates: { find: () => this.certified },
      processes: context.processes,
    });
  }

  static async open(): Promise<World> {
    return new World(await TestContext.open());
  }

  get records() {
    return this.context.records;
  }

  /** An address of the test's own. */
  address(owner: string): string {
    return this.context.network.claim(owner);
  }

  /** A VM of the HTTP-serving group. */
  instance(name: string, changes: Partial<Instance> = {}): Instance {
    const address = this.address(name);
    const instance: Instance = {
      name,
      zone: "europe-west1-b",
      labels: {},
      status: "RUNNING",
      address,
      serviceAccount: "edge@p.iam",
      network: NETWORK,
      namedPorts: { hosting: 8080 },
      accepting: true,
      machine: machineOf(name, address, "free"),
      ...changes,
    };
    this.instances.push(instance);
    return instance;
  }

  /** Puts a changed VM in the place of one. */
  change(instance: Instance, changes: Partial<Instance>): void {
    const index = this.instances.findIndex(({ name }) => name === instance.name);
    this.instances[index] = { ...instance, ...changes };
  }

  pod(name: string, changes: Partial<Pod> = {}): Pod {
    const address = this.address(name);
    const pod: Pod = {
      name,
      address,
      labels: { app: "control-api" },
      ready: true,
      terminating: false,
      namedPorts: { http: 8080 },
      machine: machineOf(name, address, "shared"),
      ...changes,
    };
    this.pods.push(pod);
    return pod;
  }

  /** Listens at a port of a machine, until the world ends. */
  async listen(server: Server | TcpServer, address: string, port: number): Promise<void> {
    const sockets = new Set<Socket>();
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    });
    server.listen(port, address);
    await once(server, "listening");
    this.closing.push(async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    });
  }

  /** Reconciles until a resource of Google's or Kubernetes' has settled. */
  async settled(type: string, id: string, scope = "gcp"): Promise<void> {
    let last = "";
    const isSettled = async () => {
      const standing = await this.standing({ scope, type, id });
      if (standing.is === "settled") return true;
      last = standing.because;
      if (standing.is === "failed") throw new Error(last);
      return false;
    };
    await until(`${id} settles`, isSettled, PATIENCE_MS).catch((error: Error) => {
      throw new Error(`${error.message}: ${last}`, { cause: error });
    });
  }

  /** After another pass. */
  async standing(resource: ResourceName): Promise<Standing> {
    await this.balancers.reconcile(this.records);
    return this.balancers.standing(resource);
  }

  unit(name: string): Unit | undefined {
    return this.balancers.units().find((unit) => unit.name === name);
  }

  /** Resolves once a load balancer says that it is well, or in the trouble that a test expects. */
  async says(name: string, expected: "well" | RegExp): Promise<Unit> {
    const isSo = () => {
      const unit = this.unit(name);
      const found = expected === "well" ? unit?.healthy : expected.test(unit?.trouble ?? "");
      return found === true ? unit : undefined;
    };
    return await until(`${name} is ${String(expected)}`, isSo, PATIENCE_MS).catch((error: Error) => {
      throw new Error(`${error.message}; it is ${JSON.stringify(this.unit(name))}`, { cause: error });
    });
  }

  async close(): Promise<void> {
    await this.balancers.stop();
    await Promise.all(this.closing.map((close) => close()));
    await this.context.close();
  }
}

function machineOf(name: string, address: string, failureDomain: string): Machine {
  const spec = {
    name,
    hostname: name,
    kind: "vm" as const,
    failureDomain,
    role: "r",
    region: "r",
    address,
    serviceAccount: "",
    containers: [],
  };
  return { spec, containers: [], start: UNUSED, restart: UNUSED, stop: UNUSED };
}

/** What stands in for an edge: answers over HTTP with its name and the PROXY protocol header before the request; its health is a test's. */
export class TestEdge {
  isWell = true;
  /** Connections to its port of traffic. */
  connections = 0;
  checks: string[] = [];

  static async start(world: World, { name, address }: Instance): Promise<TestEdge> {
    const edge = new TestEdge();
    const traffic = createTcpServer((socket) => {
      edge.connections++;
      let read = "";
      socket.setEncoding("latin1").on("data", (data: string) => {
        read += data;
        for (let end = read.indexOf("\r\n\r\n"); end >= 0; end = read.indexOf("\r\n\r\n")) {
          const body = JSON.stringify({ name, header: read.slice(0, read.indexOf("\r\n")) });
          read = read.slice(end + 4);
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
        }
      });
    });
    const health = createHttpServer((request, response) => {
      edge.checks.push(`${request.method} ${request.url}`);
      response.writeHead(edge.isWell ? 200 : 503).end();
    });
    await world.listen(traffic, address, 8080);
    await world.listen(health, address, 8082);
    return edge;
  }
}

export interface Visit {
  readonly status: number;
  readonly body: string;
}

/** A request on a connection of its own. */
export async function visit(host: string, port: number, localAddress?: string): Promise<Visit> {
  const outgoing = httpRequest({
    host,
    port,
    agent: false,
    timeout: 5_000,
    ...(localAddress !== undefined && { localAddress }),
  });
  outgoing.on("timeout", () => outgoing.destroy(new Error("no answer")));
  const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
  outgoing.end();
  const [response] = await answered;
  return { status: response.statusCode ?? 0, body: await text(response) };
}

/** A request on an agent's connections, and the one that it was answered on. */
export async function visitWith(agent: Agent, host: string, port: number): Promise<{ socket: Socket; body: string }> {
  const outgoing = httpRequest({ host, port, agent }).end();
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  return { socket: response.socket, body: await text(response) };
}
