/** Dialogs with a form, and what all of them do. */
import { byId, part, setText } from "./dom.mjs";

/**
 * A dialog with a form. While something is asked of the server its button is busy; what goes wrong is said in the dialog.
 */
export class FormDialog {
  /** @param {string} name */
  constructor(name) {
    this.dialog = /** @type {HTMLDialogElement} */ (byId(`${name}-dialog`));
    this.form = /** @type {HTMLFormElement} */ (byId(`${name}-form`));
    this.title = byId(`${name}-title`);
    this.go = part(this.form, "go");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.run();
    });
    part(this.form, "cancel").addEventListener("click", () => this.dialog.close());
  }

  open() {
    this.form.reset();
    this.fail("");
    this.dialog.showModal();
  }

  /** @param {string} message */
  fail(message) {
    setText(part(this.form, "fault"), message);
  }

  /** What the button does. @returns {Promise<void>} */
  async submit() {
    throw new Error("each dialog has its own");
  }

  async run() {
    if (this.go.ariaDisabled === "true") return;
    const invalid = [...this.form.elements].find(
      (field) => field instanceof HTMLInputElement && field.offsetParent !== null && !field.checkValidity(),
    );
    if (invalid instanceof HTMLInputElement) {
      this.fail(`${labelOf(invalid)}: ${invalid.validationMessage}`);
      invalid.focus();
      return;
    }
    this.fail("");
    this.go.ariaDisabled = "true";
    try {
      await this.submit();
    } catch (error) {
      this.fail(/** @type {Error} */ (error).message);
    } finally {
      this.go.ariaDisabled = "false";
    }
  }
}

/** A dialog of two steps: a wish, then what it means; only that can be confirmed. */
export class PlannedDialog extends FormDialog {
  /** @param {string} name @param {string} heading */
  constructor(name, heading) {
    super(name);
    this.heading = heading;
    /** @type {any} */
    this.plan = undefined;
    /** Names what is confirmed, so that it is done once however often it is sent. */
    this.key = "";
    part(this.form, "back").addEventListener("click", () => this.step("wish"));
  }

  /** @override */
  open() {
    super.open();
    this.step("wish");
  }

  get values() {
    return new FormData(this.form);
  }

  /** @param {"wish" | "plan"} step */
  step(step) {
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (this.form.querySelectorAll("[data-step]"))) {
      element.hidden = element.dataset.step !== step;
    }
    part(this.form, "back").hidden = step === "wish";
    this.fail("");
    if (step === "wish") {
      this.plan = undefined;
      setText(this.title, this.heading);
      setText(this.go, "See what it means");
      this.go.hidden = false;
      this.go.classList.remove("danger");
      /** @type {HTMLElement | null} */ (this.form.querySelector("[data-step=wish] :is(input, select)"))?.focus();
    }
  }

  /** @param {any} plan @param {{title: string, button: string, possible: boolean, danger: boolean}} texts */
  propose(plan, { title, button, possible, danger }) {
    this.step("plan");
    this.plan = plan;
    this.key = crypto.randomUUID();
    setText(this.title, title);
    setText(this.go, button);
    this.go.hidden = !possible;
    this.go.classList.toggle("danger", danger);
    this.title.focus();
  }
}

/** @param {HTMLInputElement} field */
function labelOf(field) {
  return field.ariaLabel ?? field.labels?.[0]?.firstChild?.textContent?.trim() ?? field.name;
}
