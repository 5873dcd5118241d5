// @ts-check
/** What lets others in, or is let in: things of a kind, and a new one, whose secret is shown once. */

import { useAnswer } from "../../answers.js";
import { html, useState } from "../../html.js";
import { Secret } from "../../parts/secret.js";
import { Told } from "../../parts/told.js";
import { t } from "../../texts.js";

/**
 * `kind` is their path and the beginning of their texts' keys. `Row` shows one, `Form` asks for a new one.
 * @param {{kind: "tokens" | "webhooks", Row: (props: {one: any}) => any,
 *   Form: (props: {onMade: (secret: string) => void}) => any}} props
 */
export function Secrets({ kind, Row, Form }) {
  const [secret, setSecret] = useState(/** @type {string | null} */ (null));
  return html`<section class="card" aria-labelledby=${kind}>
    <h2 id=${kind}>${t(`${kind}.title`)}</h2>
    <p class="soft">${t(`${kind}.text`)}</p>
    <${Told} of=${useAnswer(kind)}>
      ${(/** @type {any[]} */ all) =>
        all.length > 0 &&
        html`<ul class="items">
          ${all.map((one) => html`<${Row} key=${one.id} one=${one} />`)}
        </ul>`}
    <//>
    <details>
      <summary>${t(`${kind}.add`)}</summary>
      <${Form} onMade=${setSecret} />
    </details>
    ${secret !== null &&
    html`<${Secret} title=${t(`${kind}.made`)} label=${t(`${kind}.secret`)} secret=${secret} onClose=${() => setSecret(null)} />`}
  </section>`;
}
