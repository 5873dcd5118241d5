// @ts-check
/** Backups: how they are made, one made now, and those there are. */

import { renew, useAnswer } from "../../answers.js";
import { ask, newKey } from "../../api.js";
import { html } from "../../html.js";
import { change } from "../../parts/changes.js";
import { useAction } from "../../parts/dialog.js";
import { Field } from "../../parts/field.js";
import { saidIn } from "../../parts/forms.js";
import { Failure } from "../../parts/states.js";
import { moment } from "../../parts/times.js";
import { Told } from "../../parts/told.js";
import { Words } from "../../parts/words.js";
import { t } from "../../texts.js";
import { say } from "../../toasts.js";
import { BackupRow, LONGEST_MS } from "./backup_row.js";

export function Backups() {
  return html`<${Told} of=${useAnswer("backup/status")}>
    ${(/** @type {any} */ status) => html`<${Run} status=${status} /><${Plan} status=${status} /><${Made} backups=${status.backups} />`}
  <//>`;
}

/**
 * @param {{status: any}} props
 */
function Run({ status }) {
  const { isBusy, error, run } = useAction();
  async function backUp() {
    const told = await ask("POST", "backup/run", { key: newKey(), timeout: LONGEST_MS });
    say(t("backups.done", { name: told.backup.zip }));
    await renew();
  }
  return html`<div class="card">
    ${status.last_error !== null &&
    html`<p class="notice failed"><${Words} ours=${t("backups.failed")} theirs=${status.last_error} /></p>`}
    <dl class="figures">
      <div><dt>${t("backups.last")}</dt><dd>${status.last_run ? moment(status.last_run) : t("never")}</dd></div>
      <div><dt>${t("backups.next")}</dt><dd>${status.next_run ? moment(status.next_run) : t("backups.off")}</dd></div>
    </dl>
    ${error && html`<${Failure} error=${error} />`}
    <div class="row">
      <button class="primary" disabled=${isBusy} onClick=${() => run(backUp)}>
        ${t(isBusy ? "backups.running" : "backups.run")}
      </button>
    </div>
  </div>`;
}

/**
 * @param {{status: any}} props
 */
function Plan({ status }) {
  const { isBusy, error, run } = useAction();
  /** @param {Event} event */
  async function save(event) {
    const said = saidIn(event);
    const plan = {
      enabled: said.enabled === "on",
      interval_minutes: Math.round(Number(said.hours) * 60),
      keep: Number(said.keep),
    };
    if (await run(() => change("POST", "backup/toggle", plan))) say(t("saved"));
  }
  return html`<form class="card" onSubmit=${save}>
    <h3>${t("backups.plan")}</h3>
    <label class="choice">
      <input type="checkbox" name="enabled" defaultChecked=${status.enabled} />
      <span>${t("backups.enabled")}</span>
    </label>
    <div class="fields">
      <${Field}
        label=${t("backups.hours")}
        name="hours"
        type="number"
        min="0.1"
        max="8784"
        step="any"
        required
        defaultValue=${Math.round((status.interval_minutes / 60) * 100) / 100}
      />
      <${Field} label=${t("backups.keep")} name="keep" type="number" min="1" max="10000" required defaultValue=${status.keep} />
    </div>
    ${error && html`<${Failure} error=${error} />`}
    <div class="row"><button disabled=${isBusy}>${t("save")}</button></div>
  </form>`;
}

/**
 * @param {{backups: import("./backup_row.js").Backup[]}} props
 */
function Made({ backups }) {
  if (backups.length === 0) return html`<p class="empty">${t("backups.none")}</p>`;
  return html`<div class="card">
    <h3>${t("backups.made")}</h3>
    <ul class="items">
      ${backups.map((one) => html`<${BackupRow} key=${one.filename} backup=${one} />`)}
    </ul>
  </div>`;
}
