// @ts-check
/** What the server logged: the newest lines of all its processes. */

import { refresh, useAnswer } from "../../answers.js";
import { html, useState } from "../../html.js";
import { Field } from "../../parts/field.js";
import { Table } from "../../parts/table.js";
import { moment } from "../../parts/times.js";
import { Told } from "../../parts/told.js";
import { t } from "../../texts.js";

const MOST_SHOWN = 100;

export function ServerLog() {
  const [wanted, setWanted] = useState("");
  return html`<div class="card log">
    <div class="fields">
      <${Field}
        label=${t("log.find")}
        type="search"
        value=${wanted}
        onInput=${(/** @type {any} */ event) => setWanted(event.target.value)}
      />
    </div>
    <div class="row"><button onClick=${() => refresh()}>${t("refresh")}</button></div>
    <${Told} of=${useAnswer("logs/runtime?limit=500")}>
      ${(/** @type {any} */ told) => html`<${Lines} lines=${found(told.logs, wanted)} />`}
    <//>
  </div>`;
}

/**
 * @param {{lines: any[]}} props
 */
function Lines({ lines }) {
  if (lines.length === 0) return html`<p class="empty">${t("log.none")}</p>`;
  const more = lines.length - MOST_SHOWN;
  return html`<${Table}
      label=${t("log.lines")}
      columns=${[t("log.when"), t("log.level"), t("log.message"), t("log.logger"), t("log.worker")]}
      numbers=${[4]}
      rows=${lines
        .slice(0, MOST_SHOWN)
        .map((one) => [moment(one.timestamp, "medium"), one.level, one.message, one.logger, String(one.worker)])}
    />
    ${more > 0 && html`<p class="soft">${t("log.more", { n: more })}</p>`}`;
}

/**
 * @param {any[]} lines
 * @param {string} wanted
 */
function found(lines, wanted) {
  const text = wanted.trim().toLowerCase();
  return lines.filter((one) => `${one.level} ${one.logger} ${one.message}`.toLowerCase().includes(text));
}
