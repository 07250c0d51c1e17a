/** Putting values into the page without disturbing what has focus, is selected or is being read. */

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** A part of an element, by its `data-part`. @param {Element} root @param {string} name @returns {any} */
export function part(root, name) {
  const found = root.querySelector(`[data-part="${name}"]`);
  if (found === null) throw new Error(`there is no part "${name}"`);
  return found;
}

/** Sets the texts of fields, by their `data-field`. @param {Element} root @param {Record<string, string>} values */
export function fill(root, values) {
  for (const [name, value] of Object.entries(values)) {
    for (const field of root.querySelectorAll(`[data-field="${name}"]`)) setText(field, value);
  }
}

/** @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Element} element @param {string} name @param {string | number} value */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

/**
 * Makes the children of an element those that items ask for, in their order. An item keeps its element for as long as its key is
 * there, so that its buttons keep focus.
 * @template T
 * @param {Element} container
 * @param {string} template id of the template of a child
 * @param {readonly T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(element: HTMLElement, item: T) => void} update
 */
export function list(container, template, items, keyOf, update) {
  const there = new Map(
    Array.from(container.children, (child) => [/** @type {HTMLElement} */ (child).dataset.key, child]),
  );
  const wanted = new Set(items.map(keyOf));
  // First those that go: an element that is put elsewhere in the page loses focus, so none is that need not be.
  for (const [key, child] of there) if (!wanted.has(key ?? "")) child.remove();
  let place = container.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const element = /** @type {HTMLElement} */ (there.get(key) ?? newFrom(template));
    element.dataset.key = key;
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else container.insertBefore(element, place);
  }
}

/** @param {string} template @returns {HTMLElement} */
function newFrom(template) {
  const { content } = /** @type {HTMLTemplateElement} */ (byId(template));
  const first = content.firstElementChild;
  if (first === null) throw new Error(`the template ${template} is empty`);
  return /** @type {HTMLElement} */ (first.cloneNode(true));
}

/** Items of plain text. @param {Element} container @param {readonly string[]} texts */
export function textList(container, texts) {
  list(
    container,
    "text-item",
    texts,
    (text) => text,
    (element, text) => setText(element, text),
  );
}

/** Announcements that are kept, for what reads them to come round. */
const KEPT_ANNOUNCEMENTS = 20;

/** Says something to people who do not see the page, after what has been said before. @param {string} text */
export function announce(text) {
  const log = byId("announcer");
  const entry = document.createElement("p");
  entry.textContent = text;
  log.append(entry);
  while (log.childElementCount > KEPT_ANNOUNCEMENTS) log.firstElementChild?.remove();
}

/** `3 s`, `4 min`, `2 h`: coarse, for it is read at a glance. @param {number} milliseconds */
export function ago(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** Time of day in UTC. @param {string} time ISO 8601 */
export function timeOfDay(time) {
  return time.slice(11, 19);
}
