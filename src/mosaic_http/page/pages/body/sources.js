// @ts-check
/** What sends measurements, in the order in which it counts. */

import { renew, useAnswer } from "../../answers.js";
import { ask, newKey } from "../../api.js";
import { html, useState } from "../../html.js";
import { Delete, change } from "../../parts/changes.js";
import { Dialog, useAction } from "../../parts/dialog.js";
import { Field } from "../../parts/field.js";
import { saidIn } from "../../parts/forms.js";
import { Failure } from "../../parts/states.js";
import { moment } from "../../parts/times.js";
import { Told } from "../../parts/told.js";
import { to } from "../../router.js";
import { t } from "../../texts.js";
import { sayFailed } from "../../toasts.js";
import { rankChanges } from "./measured.js";

/** @typedef {{id: number, source_app: string, device_id: string, display_name: string, priority: number,
 *   records: number, last_synced_at: string}} Source */

export function Sources() {
  return html`<section class="card" aria-labelledby="sources">
    <h2 id="sources">${t("sources.title")}</h2>
    <${Told} of=${useAnswer("wearable/sources")}>
      ${(/** @type {Source[]} */ sources) => (sources.length === 0 ? html`<${Nothing} />` : html`<${Ranked} sources=${sources} />`)}
    <//>
  </section>`;
}

function Nothing() {
  return html`<p class="soft">${t("sources.none")}</p>
    <div class="row">
      <a class="button" href=${to("import")}>${t("import.title")}</a>
      <a class="button" href=${to("account")}>${t("tokens.title")}</a>
    </div>`;
}

/**
 * @param {{sources: Source[]}} props
 */
function Ranked({ sources }) {
  const [isBusy, setBusy] = useState(false);
  /**
   * @param {number} id
   * @param {-1 | 1} by
   */
  async function move(id, by) {
    setBusy(true);
    try {
      for (const { id: one, priority } of rankChanges(sources, id, by)) {
        await ask("PATCH", `wearable/sources/${one}`, { body: { priority }, key: newKey() });
      }
    } catch (error) {
      sayFailed(error);
    }
    await renew();
    setBusy(false);
  }
  return html`${sources.length > 1 && html`<p class="soft">${t("sources.text")}</p>`}
    <ol class="items">
      ${sources.map(
        (one, at) => html`<${SourceRow}
          key=${one.id}
          source=${one}
          canRise=${!isBusy && at > 0}
          canFall=${!isBusy && at < sources.length - 1}
          isAlone=${sources.length === 1}
          onMove=${(/** @type {-1 | 1} */ by) => move(one.id, by)}
        />`,
      )}
    </ol>`;
}

/**
 * @param {{source: Source, canRise: boolean, canFall: boolean, isAlone: boolean, onMove: (by: -1 | 1) => void}} props
 */
function SourceRow({ source, canRise, canFall, isAlone, onMove }) {
  const [isNamed, setNamed] = useState(false);
  const origin = `${source.source_app} · ${source.device_id}`;
  const name = source.display_name || origin;
  return html`<li class="item">
    <div class="what">
      <strong dir="auto">${name}</strong>
      ${name !== origin && html`<p class="soft small" dir="auto">${origin}</p>`}
      <p class="soft small">${t("sources.records", { n: source.records })} · ${t("sources.last", { when: moment(source.last_synced_at) })}</p>
    </div>
    <div class="row">
      ${!isAlone &&
      html`<${Step} text="↑" name=${t("sources.up", { name })} canGo=${canRise} onGo=${() => onMove(-1)} />
        <${Step} text="↓" name=${t("sources.down", { name })} canGo=${canFall} onGo=${() => onMove(1)} />`}
      <button class="plain" aria-label=${t("sources.rename.named", { name })} onClick=${() => setNamed(true)}>
        ${t("sources.rename")}
      </button>
      <${Delete} path="wearable/sources/${source.id}" name=${name} question=${t("sources.sure", { name })} />
    </div>
    ${isNamed && html`<${Naming} source=${source} onClose=${() => setNamed(false)} />`}
  </li>`;
}

/**
 * A button that keeps the focus where it can do nothing for now.
 * @param {{text: string, name: string, canGo: boolean, onGo: () => void}} props
 */
function Step({ text, name, canGo, onGo }) {
  return html`<button class="round" aria-label=${name} aria-disabled=${canGo ? undefined : "true"} onClick=${() => canGo && onGo()}>
    ${text}
  </button>`;
}

/**
 * @param {{source: Source, onClose: () => void}} props
 */
function Naming({ source, onClose }) {
  const { isBusy, error, run } = useAction();
  /** @param {Event} event */
  async function save(event) {
    const said = saidIn(event);
    if (await run(() => change("PATCH", `wearable/sources/${source.id}`, said))) onClose();
  }
  return html`<${Dialog} title=${t("sources.rename")} onClose=${onClose}>
    <form onSubmit=${save}>
      <${Field} label=${t("sources.name")} name="display_name" maxlength="128" dir="auto" defaultValue=${source.display_name} />
      ${error && html`<${Failure} error=${error} />`}
      <div class="actions">
        <button type="button" onClick=${onClose}>${t("cancel")}</button>
        <button class="primary" disabled=${isBusy}>${t("save")}</button>
      </div>
    </form>
  <//>`;
}
