// @ts-check
/** Forms whose fields are read when they are sent. */

import { html } from "../html.js";

/**
 * Return what a form's fields say, by their names, and keep the browser from sending it itself.
 * @param {Event} event
 * @returns {Record<string, string>}
 */
export function saidIn(event) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}

/**
 * Return which boxes of a name are ticked in a form.
 * @param {Event} event
 * @param {string} name
 */
export function tickedIn(event, name) {
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  return new FormData(form).getAll(name).map(String);
}

/**
 * Boxes to tick, each with its text; `ticked` are those that are so at first.
 * @param {{label: string, name: string, choices: [string, string][], ticked?: string[]}} props
 */
export function Ticks({ label, name, choices, ticked = [] }) {
  return html`<fieldset>
    <legend>${label}</legend>
    ${choices.map(
      ([value, text]) => html`<label key=${value} class="choice">
        <input type="checkbox" name=${name} value=${value} defaultChecked=${ticked.includes(value)} />
        <span>${text}</span>
      </label>`,
    )}
  </fieldset>`;
}

/**
 * The choices of a select.
 * @param {{choices: [string, string][], chosen?: string}} props
 */
export function Options({ choices, chosen }) {
  return choices.map(([value, text]) => html`<option key=${value} value=${value} selected=${value === chosen}>${text}</option>`);
}
