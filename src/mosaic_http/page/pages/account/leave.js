// @ts-check
/** The end of an account. */

import { ask, newKey } from "../../api.js";
import { html, useState } from "../../html.js";
import { Dialog, useAction } from "../../parts/dialog.js";
import { Field } from "../../parts/field.js";
import { Failure } from "../../parts/states.js";
import { currentUser, forgetUser } from "../../session.js";
import { t } from "../../texts.js";

export function Leave() {
  const [isAsked, setAsked] = useState(false);
  return html`<section class="card" aria-labelledby="leave">
    <h2 id="leave">${t("leave.title")}</h2>
    <p class="soft">${t("leave.text")}</p>
    <div class="row"><button type="button" class="danger" onClick=${() => setAsked(true)}>${t("leave.title")}</button></div>
    ${isAsked && html`<${Certain} onClose=${() => setAsked(false)} />`}
  </section>`;
}

/**
 * @param {{onClose: () => void}} props
 */
function Certain({ onClose }) {
  const { id, username } = currentUser();
  const [typed, setTyped] = useState("");
  const { isBusy, error, run } = useAction();
  /** @param {Event} event */
  async function leave(event) {
    event.preventDefault();
    const went = await run(() => ask("DELETE", "user", { key: newKey() }));
    if (!went) return;
    await forgetUser(id);
    location.reload();
  }
  return html`<${Dialog} title=${t("leave.title")} onClose=${onClose}>
    <form onSubmit=${leave}>
      <p>${t("leave.text")}</p>
      <${Field}
        label=${t("leave.type", { name: username })}
        autocomplete="off"
        autocapitalize="none"
        value=${typed}
        onInput=${(/** @type {any} */ event) => setTyped(event.target.value)}
      />
      ${error && html`<${Failure} error=${error} />`}
      <div class="actions">
        <button type="button" onClick=${onClose}>${t("cancel")}</button>
        <button class="danger" disabled=${isBusy || typed !== username}>${t("leave.do")}</button>
      </div>
    </form>
  <//>`;
}
