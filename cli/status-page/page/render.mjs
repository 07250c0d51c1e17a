/** Shows a snapshot: see ../snapshot.ts for what it holds. */
import { byId, fill, list, part, setAttribute, setText, textList, timeOfDay } from "./dom.mjs";

/** @typedef {import("../snapshot.js").Snapshot} Snapshot */

/**
 * What people can do in rows.
 * @typedef {object} Handlers
 * @property {(cluster: string) => void} onEvacuate
 * @property {(command: "pause" | "resume" | "abort", id: string, row: HTMLElement) => void} onSteer
 */

/** @param {Snapshot} snapshot @param {Handlers} handlers */
export function render(snapshot, handlers) {
  setText(byId("environment"), snapshot.environment);
  const { verdict } = snapshot;
  document.title = `${verdict.level === "good" ? "✓" : "!"} ${snapshot.environment}: ${verdict.text}`;
  byId("verdict").dataset.level = verdict.level;
  fill(byId("verdict"), { text: verdict.text, detail: verdict.detail });
  renderDomains(snapshot, handlers);
  renderMoving(snapshot);
  renderEvacuations(snapshot, handlers);
  renderNameServers(snapshot);
  renderTombstones(snapshot);
  renderUnits(snapshot);
  byId("main").hidden = false;
}

/** @param {Snapshot} snapshot @param {Handlers} handlers */
function renderDomains({ domains }, { onEvacuate }) {
  list(
    byId("domains"),
    "domain-row",
    domains,
    ({ name }) => name,
    (row, { name, about, level, health, trouble, machines, load }) => {
      fill(row, { name, about, health, machines: machines.join(", "), room: load?.room ?? "" });
      part(row, "state").dataset.level = level;
      textList(part(row, "trouble"), trouble);
      part(row, "load").hidden = load === undefined;
      part(row, "no-load").hidden = load !== undefined;
      const evacuate = part(row, "evacuate");
      evacuate.hidden = load === undefined || load.users === 0;
      if (load === undefined) return;
      fill(row, { load: load.text, arriving: load.arrivingText });
      part(row, "load").dataset.level = load.level;
      bar(part(row, "used"), 0, load.used);
      bar(part(row, "coming"), load.used, load.coming);
      setAttribute(evacuate, "aria-label", `Evacuate ${name}…`);
      evacuate.onclick = () => onEvacuate(name);
    },
  );
}

/** @param {Snapshot} snapshot */
function renderMoving({ phases, moves, inFlight }) {
  list(
    byId("phases"),
    "phase-item",
    phases,
    ({ phase }) => phase,
    (item, { phase, count, some }) => {
      fill(item, { phase, count });
      item.dataset.some = String(some);
    },
  );
  byId("moves-block").hidden = moves.length === 0;
  list(byId("moves"), "move-item", moves, ({ id }) => id, updateMove);
  byId("flight-block").hidden = inFlight.rows.length === 0;
  list(
    byId("flight"),
    "flight-row",
    inFlight.rows,
    ({ id }) => id,
    (row, { user, source, destination, phase, since }) =>
      fill(row, { user, source, destination, phase, since: timeOfDay(since) }),
  );
  setText(byId("flight-more"), inFlight.more);
}

/** @param {HTMLElement} item @param {Snapshot["moves"][number]} move */
function updateMove(item, { user, source, destination, level, phase, text, waiting }) {
  part(item, "state").dataset.level = level;
  fill(item, {
    user,
    way: `${source} → ${destination}`,
    text: `${phase}: ${text}`,
    waiting: waiting === "" ? "" : `waiting for ${waiting}`,
  });
}

/** @param {Snapshot} snapshot @param {Handlers} handlers */
function renderEvacuations({ evacuations }, { onSteer }) {
  byId("no-evacuations").hidden = evacuations.length > 0;
  list(
    byId("evacuations"),
    "evacuation-item",
    evacuations,
    ({ id }) => id,
    (row, { id, source, destinations, mode, state, moved, failed, text, refused, requestedAt, ended, commands }) => {
      const about = `to ${destinations || "nowhere"}, ${mode}, since ${requestedAt.slice(0, 16).replace("T", " ")}`;
      fill(row, { source, about, state, text, refused });
      row.dataset.ended = String(ended);
      row.dataset.state = state;
      bar(part(row, "moved"), 0, moved);
      bar(part(row, "failed"), moved, failed);
      const progress = part(row, "progress");
      setAttribute(progress, "aria-label", `Users of ${source} who have moved or stay`);
      setAttribute(progress, "aria-valuenow", Math.floor((moved + failed) * 100));
      for (const command of /** @type {const} */ (["pause", "resume", "abort"])) {
        const button = part(row, command);
        button.hidden = !commands.includes(command);
        setAttribute(button, "aria-label", `${button.textContent} (evacuation of ${source})`);
        button.onclick = () => onSteer(command, id, row);
      }
    },
  );
}

/** @param {Snapshot} snapshot */
function renderNameServers({ nameServers }) {
  list(
    byId("servers"),
    "server-row",
    nameServers,
    ({ name }) => name,
    (row, { name, level, state, lag, seenAt }) => {
      fill(row, { name, state, lag, seen: timeOfDay(seenAt) });
      part(row, "state").dataset.level = level;
    },
  );
}

/** @param {Snapshot} snapshot */
function renderTombstones({ tombstones }) {
  setText(byId("tombstones-text"), tombstones.text);
  byId("tombstones-table").hidden = tombstones.rows.length === 0;
  list(
    byId("tombstones"),
    "tombstone-row",
    tombstones.rows,
    ({ holder, destination }) => `${holder} ${destination}`,
    (row, values) => fill(row, values),
  );
}

/** @param {Snapshot} snapshot */
function renderUnits({ units }) {
  byId("units-block").hidden = units === undefined;
  if (units === undefined) return;
  setText(byId("units-trouble"), units.trouble);
  byId("units-trouble").hidden = units.trouble === "";
  list(
    byId("units"),
    "unit-group",
    units.domains,
    ({ name }) => name,
    (group, { name, summary, units: own }) => {
      const heading = /** @type {Element} */ (group.querySelector("h3"));
      fill(heading, { name, summary });
      setAttribute(part(group, "list"), "aria-label", `What runs in ${name}`);
      list(part(group, "list"), "unit-item", own, (unit) => unit.name, updateUnit);
    },
  );
}

/** @param {HTMLElement} item @param {NonNullable<Snapshot["units"]>["domains"][number]["units"][number]} unit */
function updateUnit(item, { name, kind, role, address, level, state }) {
  part(item, "state").dataset.level = level;
  fill(item, { role, about: `${kind}, ${address}`, trouble: level === "good" ? "" : state });
  item.title = name;
}

/** Draws a part of a meter that is a hundred wide. @param {Element} rect @param {number} from @param {number} length */
function bar(rect, from, length) {
  setAttribute(rect, "x", from * 100);
  // A part that is there at all is seen.
  setAttribute(rect, "width", length === 0 ? 0 : Math.max(length * 100, 0.75));
}
