/** The status page: listens to the server, shows what it says, and lets people act on it. */
import { AbortDialog, EvacuateDialog, MoveDialog } from "./dialogs.mjs";
import { ago, announce, byId, fill, list, setText, timeOfDay } from "./dom.mjs";
import { render } from "./render.mjs";
import { send } from "./send.mjs";
import { listen } from "./stream.mjs";

/** @typedef {import("../snapshot.js").Snapshot} Snapshot */

const moveDialog = new MoveDialog();
const evacuateDialog = new EvacuateDialog();
const abortDialog = new AbortDialog();

/** @type {Snapshot | undefined} */
let shown;
/** @type {import("./stream.mjs").Connection} */
let connection = { state: "connecting" };

byId("open-move").addEventListener("click", () => shown && moveDialog.show(shown));
byId("open-evacuate").addEventListener("click", () => shown && evacuateDialog.show(shown));

listen({
  onPicture(snapshot) {
    const news = newsOf(shown, snapshot);
    shown = snapshot;
    render(snapshot, { onEvacuate: (cluster) => shown && evacuateDialog.show(shown, cluster), onSteer: steer });
    if (news.length > 0) announce(news.join(" "));
  },
  onConnection(now) {
    connection = now;
    showConnection();
  },
});
setInterval(showConnection, 1_000);

/** How old the picture is, and what is to be said of it. The age alone is not announced: it changes every second. */
function showConnection() {
  const { state, takenAt, away } = connection;
  const age = takenAt === undefined ? "" : ago(performance.now() - takenAt);
  const live = state === "open" && away === undefined && takenAt !== undefined;
  const canAct = state === "open" && shown !== undefined;
  for (const id of ["open-move", "open-evacuate"]) /** @type {HTMLButtonElement} */ (byId(id)).disabled = !canAct;
  byId("freshness").dataset.level = live ? "good" : state === "connecting" ? "idle" : "bad";
  document.body.dataset.stale = String(shown !== undefined && !live);
  byId("verdict-stale").hidden = shown === undefined || live;
  setText(byId("age"), age === "" ? "no picture yet" : live ? `live, ${age} old` : `${age} old`);
  const alerts = alertsOf(connection);
  list(
    byId("alerts"),
    "alert-item",
    alerts,
    ({ title }) => title,
    (element, texts) => fill(element, texts),
  );
}

/** Their texts do not change while they last, so that each is read out once. @param {typeof connection} now */
function alertsOf({ state, away }) {
  if (state === "ended" || state === "lost") {
    return [
      {
        title: state === "ended" ? "The command that serves this page has ended." : "This page has lost its server.",
        text: "What you see is not up to date. Is clusters status --web still running? If it was started anew, open the address that it printed; otherwise this page comes back by itself.",
        reason: "",
      },
    ];
  }
  if (away === undefined) return [];
  const since = timeOfDay(new Date(away.since).toISOString());
  return [
    {
      title: `The control API has not answered since ${since}.`,
      text: `Clusters and name servers go on serving what they know; moves stand still until it is back.`,
      reason: away.message,
    },
  ];
}

/** @param {"pause" | "resume" | "abort"} command @param {string} id @param {HTMLElement} row */
async function steer(command, id, row) {
  const source = shown?.evacuations.find((evacuation) => evacuation.id === id)?.source ?? "";
  if (command === "abort") {
    abortDialog.show(id, source);
    return;
  }
  fill(row, { fault: "" });
  try {
    await send(`evacuations/${id}/${command}`, { key: crypto.randomUUID() });
  } catch (error) {
    fill(row, { fault: /** @type {Error} */ (error).message });
  }
}

/**
 * What has changed that somebody who does not look wants to hear.
 * @param {Snapshot | undefined} before @param {Snapshot} now
 */
function newsOf(before, now) {
  if (before === undefined) return [now.verdict.text];
  const news = before.verdict.text === now.verdict.text ? [] : [now.verdict.text];
  for (const move of now.moves) {
    const was = before.moves.find(({ id }) => id === move.id);
    if (was !== undefined && !was.ended && move.ended) news.push(`${move.user}: ${move.text}.`);
  }
  for (const evacuation of now.evacuations) {
    const was = before.evacuations.find(({ id }) => id === evacuation.id);
    if (was !== undefined && was.state !== evacuation.state) {
      news.push(`The evacuation of ${evacuation.source} is ${evacuation.state}: ${evacuation.text}.`);
    }
  }
  return news;
}
