// @ts-check
/** A secret that is told once. */

import { html, useRef, useState } from "../html.js";
import { t } from "../texts.js";
import { Dialog } from "./dialog.js";
import { Field } from "./field.js";

/**
 * @param {{title: string, label: string, secret: string, onClose: () => void}} props
 */
export function Secret({ title, label, secret, onClose }) {
  const [isCopied, setCopied] = useState(false);
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  async function copy() {
    const input = place.current?.querySelector("input");
    input?.select();
    try {
      await navigator.clipboard.writeText(secret);
      setCopied(true);
    } catch {
      setCopied(document.execCommand("copy")); // without HTTPS there is no clipboard
    }
  }
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>${t("secret.once")}</p>
    <div ref=${place}><${Field} label=${label} class="secret" readonly value=${secret} /></div>
    <p role="status">${isCopied && t("secret.copied")}</p>
    <div class="actions">
      <button type="button" class="primary" onClick=${copy}>${t("secret.copy")}</button>
      <button type="button" onClick=${onClose}>${t("secret.done")}</button>
    </div>
  <//>`;
}
