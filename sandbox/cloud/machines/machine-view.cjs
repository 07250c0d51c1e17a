/**
 * Gives a Node process the view of its machine. All machines of the sandbox share one kernel and its loopback interface, and this
 * stands where a VM or pod has a kernel of its own: loaded before the program, which knows nothing of it (`node --require`).
 *
 * - The host name is the machine's.
 * - Names are looked up by the sandbox's resolver alone. /etc/hosts and the machine's own resolvers are not asked.
 * - Who listens on all addresses, or on loopback, listens on the machine's address; who connects to loopback connects there.
 * - Connections leave from the machine's address, so that others see who connects.
 * - Only addresses of the sandbox can be reached: a wrong address in the stack is not to reach somebody in the real world.
 * - Ports below 1024 are where the sandbox has moved them, on systems where they need root.
 *
 * The variable MACHINE_VIEW tells all that as JSON: see view.ts.
 */
"use strict";

const dgram = require("node:dgram");
const dns = require("node:dns");
const { syncBuiltinESMExports } = require("node:module");
const net = require("node:net");
const os = require("node:os");
const { promisify } = require("node:util");

/** Of a C library: milliseconds for an answer, and tries. */
const RESOLVER = { timeout: 2_000, tries: 2 };
const ANY = new Set([undefined, null, "", "0.0.0.0", "::"]);
const LOOPBACK = new Set(["localhost", "127.0.0.1", "::1"]);

/** @type {import("./view").MachineView} */
const view = JSON.parse(process.env.MACHINE_VIEW ?? "null");
if (view === null)
  throw new Error("MACHINE_VIEW is not set: processes of the sandbox's machines are told of their machine by it");

const reachable = new net.BlockList();
const [network, bits] = view.range.split("/");
reachable.addSubnet(network, Number(bits));

os.hostname = () => view.hostname;

/* ---- Names ---- */

/** Asks the sandbox's resolver unless it is told of others. */
function asking(Resolver) {
  return class extends Resolver {
    constructor(options) {
      super(options);
      this.setServers([view.resolver]);
      // Which cluster's Services a machine sees is told by the address that it asks from.
      this.setLocalAddress(view.address);
    }
  };
}
dns.setServers([view.resolver]);
dns.Resolver = asking(dns.Resolver);
dns.promises.Resolver = asking(dns.promises.Resolver);
const resolver = new dns.promises.Resolver(RESOLVER);

async function addressesOf(hostname) {
  if (net.isIP(hostname) !== 0) return [hostname];
  if (hostname === "localhost") return [view.address];
  try {
    return await resolver.resolve4(hostname);
  } catch (error) {
    const isUnknown = error.code === "ENOTFOUND" || error.code === "ENODATA";
    throw lookupError(isUnknown ? "ENOTFOUND" : "EAI_AGAIN", hostname);
  }
}

/** As getaddrinfo's. */
function lookupError(code, hostname) {
  const fields = { code, errno: code === "ENOTFOUND" ? -3008 : -3001, syscall: "getaddrinfo", hostname };
  return Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), fields);
}

async function lookUp(hostname, options) {
  const { family = 0, all = false } = typeof options === "number" ? { family: options } : (options ?? {});
  const wanted = { 4: 4, IPv4: 4, 6: 6, IPv6: 6 }[family];
  const addresses = await addressesOf(hostname);
  const found = addresses.map((address) => ({ address, family: net.isIP(address) }));
  const fitting = found.filter((entry) => wanted === undefined || entry.family === wanted);
  if (fitting.length === 0) throw lookupError("ENOTFOUND", hostname);
  return all ? fitting : fitting[0];
}

dns.promises.lookup = lookUp;
dns.lookup = (hostname, options, callback = options) => {
  // What the callback throws is the program's matter, and no rejection of this promise.
  lookUp(hostname, typeof options === "function" ? {} : options).then(
    (found) => {
      if (Array.isArray(found)) process.nextTick(callback, null, found);
      else process.nextTick(callback, null, found.address, found.family);
    },
    (error) => process.nextTick(callback, error),
  );
};
dns.lookup[promisify.custom] = lookUp;

/* ---- Connections ---- */

function moved(port) {
  const range = view.movedPorts.find(([first, last]) => first <= Number(port) && Number(port) <= last);
  return range === undefined ? port : Number(port) + range[2];
}

const isPort = (value) => typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value));

/** The options and callback of `connect`, in whichever of its forms; net itself calls it with both in an array. */
function connectArguments([first, ...rest]) {
  if (Array.isArray(first)) return first;
  const callback = rest.findLast((argument) => typeof argument === "function") ?? null;
  if (isPort(first)) return [{ port: first, ...(typeof rest[0] === "string" && { host: rest[0] }) }, callback];
  if (typeof first === "string") return [{ path: first }, callback];
  return [first, callback];
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const [options, callback] = connectArguments(args);
  // A Unix socket is a matter of files.
  if (options.path) return connect.call(this, options, callback);
  const asked = options.host ?? "localhost";
  const host = LOOPBACK.has(asked) ? view.address : asked;
  const port = moved(options.port);
  if (net.isIP(host) !== 0 && !(net.isIPv4(host) && reachable.check(host))) {
    const fields = { code: "ENETUNREACH", syscall: "connect", address: host, port };
    const message = `connect ENETUNREACH ${host}:${port} - the sandbox's addresses are ${view.range}`;
    return this.destroy(Object.assign(new Error(message), fields));
  }
  return connect.call(this, { ...options, host, port, localAddress: options.localAddress ?? view.address }, callback);
};

/** The arguments of `listen`, in whichever of its forms, with port and address as they are here. */
function listenArguments(args) {
  const [first, ...rest] = args;
  const here = (host) => (ANY.has(host) || LOOPBACK.has(host) ? view.address : host);
  if (typeof first === "object" && first !== null) {
    // A Unix socket, or something that is listened on already.
    if (first.path || (first.port === undefined && first.host === undefined)) return args;
    return [{ ...first, port: moved(first.port), host: here(first.host) }, ...rest];
  }
  if (typeof first === "string" && !isPort(first)) return args;
  const others = args.filter((argument) => typeof argument === "function" || typeof argument === "number");
  if (isPort(first) && typeof first === "number") others.shift();
  const backlog = others.find((argument) => typeof argument === "number");
  const callback = others.find((argument) => typeof argument === "function");
  const host = here(typeof rest[0] === "string" ? rest[0] : undefined);
  const options = { port: moved(isPort(first) ? first : 0), host, ...(backlog !== undefined && { backlog }) };
  return callback === undefined ? [options] : [options, callback];
}

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  return listen.apply(this, listenArguments(args));
};

/** Nothing that runs on machines has any; it would listen on all of the sandbox's addresses. */
dgram.createSocket = () => {
  throw new Error(
    "the sandbox gives Node's processes no UDP sockets: teach it in sandbox/cloud/machines/machine-view.cjs",
  );
};

syncBuiltinESMExports();
