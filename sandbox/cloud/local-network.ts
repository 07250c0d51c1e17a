/** The local cloud's range of loopback addresses, and who has which. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { PARTS, WELL_KNOWN, type Network } from "./network";

const FILE = "network.json";
/** Held while a local cloud runs: whoever can listen here has the range to itself. Any user may. */
const LOCK_PORT = 7000;
/** Second octets of the ranges. 127.0 is everybody's, and systems use some of those after it. */
const RANGES = { first: 16, count: 224 };
/** Where ports go that this user may not listen at. */
const MOVED_BY = 10_000;
const PRIVILEGED = 1024;

interface State {
  /** Second octet of the range. */
  readonly range: number;
  /** Owner to address. */
  readonly claims: Record<string, string>;
}

export class LocalNetwork implements Network {
  readonly range: string;
  private readonly taken: Set<string>;

  private constructor(
    private readonly file: string,
    private readonly state: State,
    private readonly lock: Server,
    private readonly movesPorts: boolean,
  ) {
    this.range = `127.${state.range}.0.0/16`;
    this.taken = new Set(Object.values(state.claims));
  }

  /**
   * Takes the range that this directory had before, or one that is free. Throws an Error if another local cloud runs in the one that
   * it had.
   */
  static async open(directory: string): Promise<LocalNetwork> {
    const file = join(directory, FILE);
    const known = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as State) : undefined;
    const { state, lock } = known === undefined ? await firstFree(directory) : await again(known, directory);
    const movesPorts = !(await mayUsePrivilegedPorts(lockAddress(state.range)));
    const network = new LocalNetwork(file, state, lock, movesPorts);
    network.save();
    return network;
  }

  own(name: keyof typeof WELL_KNOWN): string {
    return `127.${this.state.range}.0.${WELL_KNOWN[name]}`;
  }

  claim(owner: string): string {
    const known = this.state.claims[owner];
    if (known !== undefined) return known;
    const [first, last] = PARTS.machines;
    // 1 to 254: the first and last of a third octet look like a network's and a broadcast's.
    const count = (last - first + 1) * 254;
    const start = createHash("sha256").update(owner).digest().readUInt32BE(0) % count;
    for (let probe = 0; probe < count; probe++) {
      const index = (start + probe) % count;
      const address = `127.${this.state.range}.${first + Math.floor(index / 254)}.${1 + (index % 254)}`;
      if (this.taken.has(address)) continue;
      this.state.claims[owner] = address;
      this.taken.add(address);
      this.save();
      return address;
    }
    throw new Error(`no address is left in ${this.range} for ${owner}`);
  }

  release(owner: string): void {
    const address = this.state.claims[owner];
    if (address === undefined) return;
    Reflect.deleteProperty(this.state.claims, owner);
    this.taken.delete(address);
    this.save();
  }

  port(port: number): number {
    return this.movesPorts && port < PRIVILEGED ? port + MOVED_BY : port;
  }

  /** Lets the range go. */
  async close(): Promise<void> {
    const closed = once(this.lock, "close");
    this.lock.close();
    await closed;
  }

  private save(): void {
    const temporary = `${this.file}.new`;
    writeFileSync(temporary, `${JSON.stringify(this.state, null, 2)}\n`);
    renameSync(temporary, this.file);
  }
}

interface Taken {
  readonly state: State;
  readonly lock: Server;
}

async function again(state: State, directory: string): Promise<Taken> {
  const lock = await listen(lockAddress(state.range), LOCK_PORT);
  if (lock !== undefined) return { state, lock };
  throw new Error(`127.${state.range}.0.0/16 is in use: another local cloud runs in ${directory}, or in a copy of it`);
}

async function firstFree(directory: string): Promise<Taken> {
  const start = createHash("sha256").update(directory).digest().readUInt32BE(0) % RANGES.count;
  for (let probe = 0; probe < RANGES.count; probe++) {
    const range = RANGES.first + ((start + probe) % RANGES.count);
    const lock = await listen(lockAddress(range), LOCK_PORT);
    if (lock !== undefined) return { state: { range, claims: {} }, lock };
  }
  const last = RANGES.first + RANGES.count - 1;
  throw new Error(
    `no range of loopback addresses is free: from 127.${RANGES.first} to 127.${last} somebody listens at port ${LOCK_PORT}`,
  );
}

function lockAddress(range: number): string {
  return `127.${range}.0.${WELL_KNOWN.lock}`;
}

/** Undefined where somebody else listens. */
async function listen(host: string, port: number): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  const listening = once(server, "listening").then(
    () => server,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") return undefined;
      throw error;
    },
  );
  server.listen(port, host);
  return await listening;
}

/** Whether this user may listen below 1024; asked by trying, since capabilities and settings of the kernel decide. */
async function mayUsePrivilegedPorts(host: string): Promise<boolean> {
  const server = await listen(host, PRIVILEGED - 1);
  if (server === undefined) return false;
  const closed = once(server, "close");
  server.close();
  await closed;
  return true;
}
