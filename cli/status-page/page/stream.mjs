/** What the server pushes, and whether it still does. */

/** The server says something every five seconds at least. */
const LOST_AFTER_MS = 12_000;
/** Between two attempts to get the stream back, where the browser itself has given up. */
const AGAIN_MS = 3_000;

/**
 * @typedef {object} Connection What is known about how good the picture is.
 * @property {"connecting" | "open" | "lost" | "ended"} state
 * @property {number} [takenAt] when the picture was taken, by performance.now()
 * @property {{since: number, message: string}} [away] the control API does not answer; since when, by Date.now()
 */

/**
 * Listens for as long as the page is open.
 * @param {{onPicture: (snapshot: any) => void, onConnection: (connection: Connection) => void}} handlers
 */
export function listen({ onPicture, onConnection }) {
  /** @type {Connection} */
  let connection = { state: "connecting" };
  /** @type {EventSource} */
  let source;
  let heardAt = performance.now();

  /** @param {Partial<Connection>} change */
  const become = (change) => {
    connection = { ...connection, ...change };
    onConnection(connection);
  };
  const open = () => {
    source = new EventSource("events");
    source.addEventListener("picture", ({ data }) => onPicture(JSON.parse(data)));
    source.addEventListener("state", ({ data }) => {
      heardAt = performance.now();
      const { ageMs, away } = JSON.parse(data);
      become({
        state: "open",
        takenAt: ageMs === undefined ? undefined : heardAt - ageMs,
        // The same for as long as it lasts: it is shown, and read out when it changes.
        away: away && { since: connection.away?.since ?? Date.now() - away.forMs, message: away.message },
      });
    });
    source.addEventListener("end", () => become({ state: "ended" }));
    source.addEventListener("error", () => {
      if (connection.state !== "ended") become({ state: "lost" });
    });
  };

  open();
  setInterval(() => {
    if (connection.state === "open" && performance.now() - heardAt > LOST_AFTER_MS) become({ state: "lost" });
    const isDeaf = source.readyState === EventSource.CLOSED || performance.now() - heardAt > LOST_AFTER_MS;
    if (connection.state === "open" || !isDeaf) return;
    source.close();
    heardAt = performance.now();
    open();
  }, AGAIN_MS);
}
