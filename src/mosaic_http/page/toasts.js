// @ts-check
/** Short messages at the edge of the page, which go by themselves; some can be answered. */

import { Refusal } from "./api.js";
import { html } from "./html.js";
import { Words } from "./parts/words.js";
import { signal, useSignal } from "./signals.js";
import { t } from "./texts.js";

/**
 * @typedef {{kind?: "done" | "failed", theirs?: string | null, action?: {text: string, run: () => void}}} Options
 * @typedef {Options & {id: number, text: string}} Toast
 */

const toasts = signal(/** @type {Toast[]} */ ([]));
const SHOWN_MS = 6_000;
let last = 0;

/**
 * Say something; `theirs` are the server's words for it.
 * @param {string} text
 * @param {Options} [options]
 */
export function say(text, { kind = "done", theirs, action } = {}) {
  const id = ++last;
  toasts.set([...toasts.get().filter((one) => one.kind === "failed").slice(-2), { id, text, theirs, kind, action }]);
  if (kind === "done") setTimeout(() => dismiss(id), SHOWN_MS);
}

/**
 * Tell of an error.
 * @param {unknown} error
 */
export function sayFailed(error) {
  if (error instanceof Refusal) say(error.ours, { kind: "failed", theirs: error.theirs });
  else say(error instanceof Error ? error.message : String(error), { kind: "failed" });
}

/** @param {number} id */
function dismiss(id) {
  toasts.set(toasts.get().filter((one) => one.id !== id));
}

/** All messages. Screen readers say them as they come. */
export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${useSignal(toasts).map(
      ({ id, text, theirs, kind, action }) => html`<div key=${id} class="toast ${kind}">
        <span class="toast-text"><${Words} ours=${text} theirs=${theirs} /></span>
        ${action &&
        html`<button
          class="plain"
          onClick=${() => {
            dismiss(id);
            action.run();
          }}
        >
          ${action.text}
        </button>`}
        ${kind === "failed" &&
        html`<button class="plain" aria-label=${t("close")} onClick=${() => dismiss(id)}>✕</button>`}
      </div>`,
    )}
  </div>`;
}
