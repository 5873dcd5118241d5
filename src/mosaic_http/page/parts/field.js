// @ts-check
/** A labelled field of a form. */

import { html, useId } from "../html.js";

/**
 * `control` is the name of the element ("input", "select", "textarea"); all other properties go to it.
 * @param {{label: string, hint?: string, wrong?: string | null, control?: string, children?: any, [name: string]: any}} props
 */
export function Field({ label, hint, wrong, control = "input", children, ...rest }) {
  const id = useId();
  const about = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <${control} id=${id} aria-describedby=${about || undefined} aria-invalid=${wrong ? "true" : undefined} ...${rest}>
      ${children}
    <//>
    ${hint && html`<span class="hint" id="${id}-hint">${hint}</span>`}
    ${wrong && html`<span class="wrong" id="${id}-wrong">${wrong}</span>`}
  </div>`;
}

/**
 * Buttons of which one is pressed.
 * @param {{label: string, value: any, choices: [any, string][], onChoose: (value: any) => void}} props
 */
export function Segments({ label, value, choices, onChoose }) {
  return html`<div class="segments" role="group" aria-label=${label}>
    ${choices.map(
      ([one, text]) => html`<button
        key=${one}
        type="button"
        aria-pressed=${one === value ? "true" : "false"}
        onClick=${() => onChoose(one)}
      >
        ${text}
      </button>`,
    )}
  </div>`;
}
