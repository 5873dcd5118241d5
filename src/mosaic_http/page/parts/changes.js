// @ts-check
/** Changes that do not wait for a network, and what asks before one that cannot be undone. */

import { renew } from "../answers.js";
import { ask, newKey } from "../api.js";
import { html, useState } from "../html.js";
import { t } from "../texts.js";
import { sayFailed } from "../toasts.js";
import { Question } from "./dialog.js";

/**
 * Change something at the server now, and bring up to date what is shown; return the answer. Under the same key it is
 * changed once, however often that is asked for.
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {string} [key]
 * @returns {Promise<any>}
 */
export async function change(method, path, body, key = newKey()) {
  const answer = await ask(method, path, { body, key });
  void renew();
  return answer;
}

/**
 * Do the same for a button that has no place of its own to tell of a refusal.
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
async function changeOrTell(method, path, body) {
  try {
    await change(method, path, body);
  } catch (error) {
    sayFailed(error);
    void renew();
  }
}

/**
 * A button that asks first. `name` says what `text` alone does not: which one it is about.
 * @param {{text: string, name: string, question: string, onSure: () => Promise<unknown>}} props
 */
export function Sure({ text, name, question, onSure }) {
  const [isAsked, setAsked] = useState(false);
  return html`<button type="button" class="plain bad" aria-label=${name} onClick=${() => setAsked(true)}>${text}</button>
    ${isAsked &&
    html`<${Question} title=${name} text=${question} yes=${text} onYes=${onSure} onClose=${() => setAsked(false)} />`}`;
}

/**
 * A button that deletes what lies at a path, and asks first. `name` is what it is called.
 * @param {{path: string, name: string, question: string}} props
 */
export function Delete({ path, name, question }) {
  return html`<${Sure}
    text=${t("delete")}
    name=${t("delete.named", { name })}
    question=${question}
    onSure=${() => change("DELETE", path)}
  />`;
}

/**
 * A switch for what lies at a path.
 * @param {{path: string, isOn: boolean, text: string}} props
 */
export function Switch({ path, isOn, text }) {
  return html`<label class="choice">
    <input type="checkbox" role="switch" checked=${isOn} onChange=${() => changeOrTell("PATCH", path, { enabled: !isOn })} />
    <span>${text}</span>
  </label>`;
}
