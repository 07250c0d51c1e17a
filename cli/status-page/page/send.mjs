/** Asks the server to do something. */

/** Longer than the server itself waits for the control API. */
const TIMEOUT_MS = 90_000;

/**
 * Resolves with the answer; rejects with a message for people.
 * @param {string} path @param {object} body @returns {Promise<any>}
 */
export async function send(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => {
    throw new Error("The command that serves this page does not answer. Nothing is known to have changed.");
  });
  const result = await answer.json().catch(() => ({ error: `the server answered ${answer.status}` }));
  if (!answer.ok) throw new Error(result.error);
  return result;
}
