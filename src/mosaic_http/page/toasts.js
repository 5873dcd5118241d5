// @ts-check
/** Short messages at the edge of the page, which go by themselves; some can be answered. */

import { html } from "./html.js";
import { signal, useSignal } from "./signals.js";
import { t } from "./texts.js";

/** @typedef {{id: number, text: string, kind: "done" | "failed", action?: {text: string, run: () => void}}} Toast */

const toasts = signal(/** @type {Toast[]} */ ([]));
const SHOWN_MS = 6_000;
let last = 0;

/**
 * Say something.
 * @param {string} text
 * @param {{kind?: "done" | "failed", action?: {text: string, run: () => void}}} [options]
 */
export function say(text, { kind = "done", action } = {}) {
  const id = ++last;
  toasts.set([...toasts.get().filter((one) => one.kind === "failed").slice(-2), { id, text, kind, action }]);
  if (kind === "done") setTimeout(() => dismiss(id), SHOWN_MS);
}

/**
 * Tell of an error.
 * @param {unknown} error
 */
export function sayFailed(error) {
  say(error instanceof Error ? error.message : String(error), { kind: "failed" });
}

/** @param {number} id */
function dismiss(id) {
  toasts.set(toasts.get().filter((one) => one.id !== id));
}

/** All messages. Screen readers say them as they come. */
export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${useSignal(toasts).map(
      ({ id, text, kind, action }) => html`<div key=${id} class="toast ${kind}">
        <span class="toast-text">${text}</span>
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
