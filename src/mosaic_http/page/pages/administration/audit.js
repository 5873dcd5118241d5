// @ts-check
/** The audit: who did what, the newest first. */

import { useAnswer } from "../../answers.js";
import { addDays } from "../../dates.js";
import { html, useState } from "../../html.js";
import { Field } from "../../parts/field.js";
import { Options, saidIn } from "../../parts/forms.js";
import { moment } from "../../parts/times.js";
import { Told } from "../../parts/told.js";
import { currentUser } from "../../session.js";
import { number, t } from "../../texts.js";
import { beginOf } from "../../zones.js";

const PAGE = 50;

export function AuditLog() {
  const [filter, setFilter] = useState(/** @type {Record<string, string>} */ ({}));
  const [offset, setOffset] = useState(0);
  const query = new URLSearchParams({ ...filter, limit: String(PAGE), offset: String(offset) });
  /** @param {Event} event */
  function look(event) {
    setFilter(filterOf(saidIn(event)));
    setOffset(0);
  }
  return html`<details class="card">
      <summary>${t("audit.filter")}</summary>
      <form role="search" onSubmit=${look}><${Filters} /></form>
    </details>
    <${Told} of=${useAnswer(`logs/activity?${query}`)}>
      ${(/** @type {any} */ page) => html`<${Events} page=${page} onTurn=${setOffset} />`}
    <//>`;
}

function Filters() {
  return html`<div class="fields">
      <${Field} label=${t("audit.event")} name="event_type" list="events" autocomplete="off" placeholder="auth.login" />
      <${Field} label=${t("audit.user")} name="user_id" type="number" min="1" />
      <${Field} label=${t("audit.level")} name="level" control="select">
        <${Options} choices=${[["", t("any")], ["info", "info"], ["warning", "warning"], ["error", "error"]]} />
      <//>
      <${Field} label=${t("audit.from")} name="from" type="date" />
      <${Field} label=${t("audit.to")} name="to" type="date" />
    </div>
    <datalist id="events">${EVENTS.map((one) => html`<option key=${one} value=${one} />`)}</datalist>
    <div class="row"><button>${t("audit.look")}</button></div>`;
}

/**
 * Return what is asked of the server: days are those of the administrator's calendar, the last one included.
 * @param {Record<string, string>} said
 */
function filterOf({ from, to, ...rest }) {
  const zone = currentUser().timezone;
  const asked = {
    ...rest,
    start: from ? new Date(beginOf(from, zone)).toISOString() : "",
    end: to ? new Date(beginOf(addDays(to, 1), zone)).toISOString() : "",
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== ""));
}

/**
 * @param {{page: any, onTurn: (offset: number) => void}} props
 */
function Events({ page, onTurn }) {
  const { items, total, offset } = page;
  if (items.length === 0) return html`<p class="empty">${t("audit.none")}</p>`;
  const range = { from: number(offset + 1), to: number(offset + items.length), total: number(total) };
  return html`<ul class="list">
      ${items.map((/** @type {any} */ one) => html`<${Event} key=${one.id} event=${one} />`)}
    </ul>
    <nav class="row" aria-label=${t("pages")}>
      <button disabled=${offset === 0} onClick=${() => onTurn(Math.max(0, offset - PAGE))}>${t("newer")}</button>
      <span>${t("pages.range", range)}</span>
      <button disabled=${offset + items.length >= total} onClick=${() => onTurn(offset + PAGE)}>${t("older")}</button>
    </nav>`;
}

/**
 * @param {{event: any}} props
 */
function Event({ event }) {
  const told = Object.entries(event.context);
  return html`<li>
    <p class="row">
      <strong>${event.event_type}</strong>
      ${event.level !== "info" && html`<span class="badge bad">${event.level}</span>`}
      <span class="soft small">${moment(event.timestamp)}</span>
      ${event.user_id !== null && html`<span class="soft small">${t("audit.by", { id: String(event.user_id) })}</span>`}
    </p>
    <p lang="en" dir="auto">${event.message}</p>
    ${told.length > 0 &&
    html`<dl class="context">
      ${told.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd dir="auto">${written(value)}</dd></div>`)}
    </dl>`}
  </li>`;
}

/** @param {unknown} value */
function written(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const EVENTS = [
  "auth.register",
  "auth.register_failed",
  "auth.login",
  "auth.login_failed",
  "auth.logout",
  "user.update",
  "user.delete",
  "activity.create",
  "activity.create_failed",
  "activity.update",
  "activity.activate",
  "activity.deactivate",
  "activity.delete",
  "activity.merge",
  "entry.update",
  "entry.delete",
  "entry.delete_missing",
  "day.finalize",
  "import.csv",
  "import.csv_failed",
  "import.file",
  "wearable.ingest",
  "wearable.source",
  "backup.run",
  "backup.run_failed",
  "backup.toggle",
  "backup.download",
  "backup.verify",
  "backup.restore",
  "stream.start",
  "stream.stop",
  "stream.failed",
  "pause.create",
  "pause.update",
  "pause.delete",
  "rule.create",
  "rule.update",
  "rule.delete",
  "token.create",
  "token.delete",
  "webhook.create",
  "webhook.update",
  "webhook.delete",
];
