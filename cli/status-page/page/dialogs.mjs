/** Moving a user, evacuating a cluster, giving an evacuation up: each is told what it means before it can be done. */
import { announce, byId, fill, list, part, setText, textList } from "./dom.mjs";
import { FormDialog, PlannedDialog } from "./form-dialog.mjs";
import { send } from "./send.mjs";

/** @typedef {import("../snapshot.js").Snapshot} Snapshot */

export class MoveDialog extends PlannedDialog {
  constructor() {
    super("move", "Move a user");
  }

  /** @param {Snapshot} snapshot */
  show({ domains }) {
    const choices = byId("move-destination");
    const first = /** @type {Element} */ (choices.firstElementChild);
    choices.replaceChildren(
      first,
      ...domains
        .filter(({ load }) => load?.open)
        .map(({ name, load }) => new Option(`${name} (room for ${load?.room})`, name)),
    );
    this.open();
  }

  /** @override */
  async submit() {
    await (this.plan === undefined ? this.ask() : this.move());
  }

  async ask() {
    const { values } = this;
    const destination = String(values.get("destination"));
    const plan = await send("move/plan", {
      user: String(values.get("user")).trim(),
      ...(destination !== "" && { destination }),
      mode: modeOf(values),
    });
    textList(part(this.form, "steps"), plan.steps);
    textList(part(this.form, "warnings"), [...(plan.refusal === "" ? [] : [plan.refusal]), ...plan.warnings]);
    const possible = plan.destination !== undefined;
    this.propose(plan, {
      title: possible ? `Move ${plan.user} to ${plan.destination}?` : `${plan.user} cannot be moved`,
      button: `Move ${plan.user} to ${plan.destination}`,
      possible,
      danger: plan.mode === "emergency",
    });
  }

  async move() {
    const { user, destination, mode } = this.plan;
    const reason = String(this.values.get("reason"));
    await send("move", { user, destination, mode, reason, key: this.key });
    this.dialog.close();
    announce(`${user} is being moved to ${destination}`);
  }
}

export class EvacuateDialog extends PlannedDialog {
  constructor() {
    super("evacuate", "Evacuate a cluster");
    byId("evacuate-source").addEventListener("change", () => this.showDestinations());
    // Who types a number means it.
    for (const [field, value] of Object.entries({ percent: "share", users: "users" })) {
      const number = /** @type {HTMLInputElement} */ (this.form.elements.namedItem(field));
      number.addEventListener("input", () => {
        /** @type {RadioNodeList} */ (this.form.elements.namedItem("part")).value = value;
      });
    }
  }

  /** @param {Snapshot} snapshot @param {string} [cluster] */
  show({ domains }, cluster) {
    this.clusters = domains.filter(({ load }) => load !== undefined);
    const source = /** @type {HTMLSelectElement} */ (byId("evacuate-source"));
    source.replaceChildren(...this.clusters.map(({ name, load }) => new Option(`${name} (${load?.text} users)`, name)));
    this.open();
    if (cluster !== undefined) source.value = cluster;
    this.showDestinations();
  }

  showDestinations() {
    const { value } = /** @type {HTMLSelectElement} */ (byId("evacuate-source"));
    const others = (this.clusters ?? []).filter(({ name, load }) => name !== value && load?.open);
    byId("evacuate-nowhere").hidden = others.length > 0;
    byId("evacuate-destinations").replaceChildren();
    list(
      byId("evacuate-destinations"),
      "destination-choice",
      others,
      ({ name }) => name,
      (choice, { name, load }) => {
        fill(choice, { name, room: `room for ${load?.room}` });
        /** @type {HTMLInputElement} */ (choice.querySelector("input")).value = name;
      },
    );
  }

  /** @override */
  async submit() {
    await (this.plan === undefined ? this.ask() : this.evacuate());
  }

  async ask() {
    const { values } = this;
    const destinations = values.getAll("destinations");
    const chosen = values.get("part");
    const plan = await send("evacuation/plan", {
      source: values.get("source"),
      ...(chosen === "share" && { share: Number(values.get("percent")) / 100 }),
      ...(chosen === "users" && { users: Number(values.get("users")) }),
      ...(destinations.length > 0 && { destinations }),
      mode: modeOf(values),
      rate: Number(values.get("rate")),
      concurrency: Number(values.get("concurrency")),
    });
    setText(part(this.form, "summary"), plan.summary);
    list(
      part(this.form, "destinations"),
      "destination-row",
      /** @type {{name: string, users: string, then: string}[]} */ (plan.destinations),
      ({ name }) => name,
      (row, destination) => fill(row, destination),
    );
    textList(
      part(this.form, "refused"),
      plan.refused.map(
        (/** @type {{why: string, users: string}} */ { why, users }) => `${users} cannot be moved: ${why}`,
      ),
    );
    textList(part(this.form, "warnings"), plan.warnings);
    setText(part(this.form, "name"), plan.source);
    part(this.form, "confirmation").hidden = plan.total === 0;
    /** @type {HTMLInputElement} */ (byId("evacuate-confirmation")).value = "";
    const users = plan.total === 1 ? "1 user" : `${plan.total.toLocaleString("en-US")} users`;
    this.propose(plan, {
      title: plan.total === 0 ? `Nobody of ${plan.source} can be moved` : `Move ${users} out of ${plan.source}?`,
      button: `Move ${users}`,
      possible: plan.total > 0,
      danger: true,
    });
  }

  async evacuate() {
    const confirmation = String(this.values.get("confirmation")).trim();
    if (confirmation !== this.plan.source) {
      byId("evacuate-confirmation").focus();
      throw new Error(`Type the cluster’s name, ${this.plan.source}, to confirm.`);
    }
    const reason = String(this.values.get("reason"));
    await send("evacuation", { ...this.plan.request, reason, confirmation, key: this.key });
    this.dialog.close();
    announce(`The evacuation of ${this.plan.source} has begun`);
  }
}

export class AbortDialog extends FormDialog {
  constructor() {
    super("abort");
    this.id = "";
    this.key = "";
  }

  /** @param {string} id @param {string} source */
  show(id, source) {
    this.id = id;
    this.key = crypto.randomUUID();
    setText(this.title, `Give the evacuation of ${source} up?`);
    this.open();
    part(this.form, "cancel").focus();
  }

  /** @override */
  async submit() {
    await send(`evacuations/${this.id}/abort`, { key: this.key });
    this.dialog.close();
    announce("The evacuation is being given up");
  }
}

/** @param {FormData} values */
function modeOf(values) {
  return values.get("emergency") === null ? "planned" : "emergency";
}
