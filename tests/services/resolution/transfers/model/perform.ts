/** Lets actions happen in the world. */
import type { Action, Command, Event, Meanwhile } from "./actions";
import { SessionLost, type Interruption } from "./memory-store";
import type { ModelNode } from "./node";
import { HostNode } from "./nodes";
import { CLUSTERS, MACHINES, pick, USERS, type World } from "./world";

type Of<A extends Action, E> = Extract<A, { readonly event: E }>;
type Check = () => void;

/** What each event does. A node that the event chooses is looked up before. */
const EVENTS: { readonly [E in Event["event"]]: (world: World, event: Of<Event, E>) => void } = {
  nothing: () => undefined,
  wait: (world, { ms }) => world.wait(ms),
  "wall clock jumps": (world, { ms }) => (world.wallOffsetMs = ms),
  "node follows": (world, { node, entries, compacted, until }) =>
    withNode(world, node, (it) => world.follow(it, entries, compacted, until)),
  "node catches up": (world, { node }) =>
    withNode(world, node, (it) => {
      if (it.connected) world.catchUp(it);
    }),
  "acknowledgement arrives": (world, { which, again }) =>
    world.deliverAcknowledgement(indexIn(world.acknowledgements, which), again),
  "acknowledgement is lost": (world, { which }) => lose(world.acknowledgements, which),
  "node loses its connection": (world, { node, unnoticed }) =>
    withNode(world, node, (it) => {
      it.disconnect();
      if (!unnoticed) world.tables.disconnect(it.name);
    }),
  "node connects": (world, { node }) => withNode(world, node, (it) => it.connect(world.tables)),
  "node crashes": (world, { node, withMachine }) =>
    withNode(world, node, (it) => {
      if (it instanceof HostNode) it.crash(withMachine);
      else it.crash();
      world.tables.disconnect(it.name);
    }),
  "node starts": (world, { node }) => withNode(world, node, (it) => it.start()),
  "node is replaced": (world, { node }) => withNode(world, node, (it) => world.replaceNode(it)),
  "node is recreated": (world, { node }) => withNode(world, node, (it) => world.recreateNode(it)),
  "replica dies": (world, { replica }) => world.loseReplica(replica),
  "client looks up": (world, { user, server, stretch }) => {
    const asked = pick(world.dns, server);
    if (asked !== undefined) world.lookUp(chosen(USERS, user), asked, stretch);
  },
  "client visits": (world, { user, entrance, choice }) => {
    const visited = chosen(USERS, user);
    world.visit(visited, chosen(world.entrances(visited), entrance), choice);
  },
  "client strays": (world, { user, cluster, choice }) =>
    world.visit(chosen(USERS, user), chosen(CLUSTERS, cluster), choice),
  "host reviews": (world, { host }) => {
    const reviewing = pick(world.hosts, host);
    if (reviewing?.connected) for (const user of reviewing.unconfirmed) world.ask(reviewing.question(user));
  },
  "answer arrives": (world, { which }) => world.deliverAnswer(indexIn(world.answers, which)),
  "answer is lost": (world, { which }) => lose(world.answers, which),
};

/** What each command does. `check` is called after everything that can be told apart. */
const COMMANDS: {
  readonly [E in Command["event"]]: (world: World, command: Of<Command, E>, check: Check) => void | Promise<unknown>;
} = {
  "time passes": async (world, command, check) => {
    for (let second = 0; second < command.seconds; second++) await passSecond(world, command, check);
  },
  "driver crashes": (world) => world.replaceDriver(),
  "driver looks": (world, { followed, meanwhile }, check) => {
    if (followed) followAll(world);
    return look(world, meanwhile, check);
  },
  transfer: (world, { user, destination, mode }) => {
    const moved = chosen(USERS, user);
    // There is more to go wrong where the user has been.
    const former = world.tables.tombstonesOf(moved).map(({ holder }) => holder);
    world.request(moved, chosen([...CLUSTERS, ...former], destination), mode);
  },
  cancel: (world, { user }) => world.tables.cancel(chosen(USERS, user)),
  "cluster is told": (world, { cluster, active }) => world.tables.setActive(chosen(CLUSTERS, cluster), active),
  evacuate: (world, { source, destination, mode, rate, concurrency }) =>
    world.tables.evacuate(chosen(CLUSTERS, source), chosen(CLUSTERS, destination), mode, rate, concurrency),
  "evacuation is told": (world, { which, state }) => {
    const evacuation = pick([...world.tables.evacuations.keys()], which);
    if (evacuation !== undefined) world.tables.setEvacuation(evacuation, state);
  },
};

/** Lets it happen. `check` is called after everything that can be told apart. */
export async function perform(world: World, action: Action, check: Check): Promise<void> {
  if (isEvent(action)) happen(world, action);
  else
    await (COMMANDS[action.event] as (world: World, command: Command, check: Check) => unknown)(world, action, check);
  check();
}

function isEvent(action: Action): action is Event {
  return action.event in EVENTS;
}

function happen(world: World, event: Event): void {
  (EVENTS[event.event] as (world: World, event: Event) => void)(world, event);
}

async function passSecond(world: World, command: Of<Command, "time passes">, check: Check): Promise<void> {
  world.wait(1000);
  if (command.traffic) haveTraffic(world);
  // Beyond the last node there is none to leave out.
  const left = world.nodes()[command.without];
  do {
    followAll(world, left);
    if (left !== undefined && command.until !== "nothing") world.follow(left, Infinity, true, command.until);
    check();
  } while ((await look(world, [], check)) > 0);
}

function followAll(world: World, left?: ModelNode): void {
  for (const node of world.nodes()) if (node !== left && node.connected) world.catchUp(node);
}

/** Clients look every user up, and come to each machine of every entrance; what hosts ask is answered. */
function haveTraffic(world: World): void {
  for (const user of USERS) {
    for (const server of world.dns) world.lookUp(user, server, 1);
    for (const entrance of world.entrances(user)) {
      for (let choice = 0; choice < MACHINES; choice++) world.visit(user, entrance, choice);
    }
  }
  while (world.answers.length > 0) world.deliverAnswer(0);
}

async function look(world: World, meanwhile: Meanwhile, check: Check): Promise<number> {
  const left = [...meanwhile];
  const interruption: Interruption = async (point) => {
    if (point === "written") check();
    const next = left.shift();
    if (next === undefined) return;
    if (next.event === "connection is lost") throw new SessionLost();
    if (next.event === "another driver takes over") await takeOver(world, interruption, check);
    else happen(world, next);
    check();
  };
  world.onDriver = interruption;
  try {
    return await world.drive();
  } finally {
    world.onDriver = () => undefined;
  }
}

/** The other driver and the nodes are left alone for as long as there is something to do; then what was interrupted goes on. */
async function takeOver(world: World, interruption: Interruption, check: Check): Promise<void> {
  world.replaceDriver();
  world.onDriver = (point) => {
    if (point === "written") check();
  };
  do followAll(world);
  while ((await world.drive()) > 0);
  world.onDriver = interruption;
}

function withNode(world: World, choice: number, happens: (node: ModelNode) => void): void {
  const node = pick(world.nodes(), choice);
  if (node !== undefined) happens(node);
}

function indexIn(list: readonly unknown[], choice: number): number {
  return choice % Math.max(1, list.length);
}

function lose(list: unknown[], choice: number): void {
  list.splice(indexIn(list, choice), 1);
}

function chosen<T>(list: readonly T[], choice: number): T {
  const item = pick(list, choice);
  if (item === undefined) throw new RangeError("nothing to choose from");
  return item;
}
