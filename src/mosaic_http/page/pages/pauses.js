// @ts-check
/** Pauses: holidays, illness, or a rest from one habit. They break no streak and weaken nothing. */

import { useAnswer } from "../answers.js";
import { FIRST_DAY, LAST_DAY, addDays, dayText, todayOf } from "../dates.js";
import { ACTIVITIES } from "../habits.js";
import { html, useState } from "../html.js";
import { Icon } from "../icons.js";
import { doOrWait, unseen } from "../outbox.js";
import { pausesWith } from "../overlay.js";
import { Sure } from "../parts/changes.js";
import { Dialog, useAction } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { Failure, Missing, Old } from "../parts/states.js";
import { currentUser } from "../session.js";
import { useSignal } from "../signals.js";
import { t } from "../texts.js";
import { sayFailed } from "../toasts.js";

/** @typedef {{id: number, from: string, to: string | null, activity_id: number | null, reason: string}} Pause */
/** @typedef {import("../habits.js").Activity} Activity */

export function Page() {
  const { data, error, isOld } = useAnswer("pauses");
  const { data: habits = [] } = useAnswer(ACTIVITIES);
  const [edited, setEdited] = useState(/** @type {Pause | "new" | null} */ (null));
  const waiting = useSignal(unseen);
  const today = todayOf(currentUser());
  if (data === undefined) return html`<${Missing} error=${error} />`;
  const all = pausesWith(data, waiting);
  const isPast = (/** @type {Pause} */ one) => one.to !== null && one.to < today;
  const groups = /** @type {[import("../texts.js").Key, Pause[]][]} */ ([
    ["pauses.now", all.filter((one) => one.from <= today && !isPast(one))],
    ["pauses.coming", all.filter((one) => one.from > today)],
    ["pauses.past", all.filter(isPast).reverse()],
  ]);
  return html`<div class="head">
      <h1>${t("pauses.title")}</h1>
      <button class="primary" onClick=${() => setEdited("new")}><${Icon} name="plus" />${t("pauses.add")}</button>
    </div>
    <p class="soft">${t("pauses.about")}</p>
    ${isOld && html`<${Old} />`}
    ${all.length === 0 && html`<p class="empty">${t("pauses.nothing")}</p>`}
    ${groups.map(
      ([title, pauses]) =>
        pauses.length > 0 &&
        html`<section key=${title} class="stack">
          <h2>${t(title)}</h2>
          <ul class="list">
            ${pauses.map((one) => html`<${Row} key=${one.id} pause=${one} habits=${habits} today=${today} onEdit=${setEdited} />`)}
          </ul>
        </section>`,
    )}
    ${edited !== null &&
    html`<${Editor} pause=${edited === "new" ? null : edited} habits=${habits} today=${today} onClose=${() => setEdited(null)} />`}`;
}

/**
 * @param {{pause: Pause, habits: Activity[], today: string, onEdit: (pause: Pause) => void}} props
 */
function Row({ pause, habits, today, onEdit }) {
  const what = pause.activity_id === null ? t("pauses.all") : (habits.find((one) => one.id === pause.activity_id)?.name ?? "…");
  const isRunning = pause.from < today && (pause.to === null || pause.to >= today);
  const when = rangeText(pause);
  const endNow = () => doOrWait(request("PATCH", `pauses/${pause.id}`, { to: addDays(today, -1) }, when)).catch(sayFailed);
  return html`<li class="activity">
    <div class="activity-text">
      <h3>${when}</h3>
      <p class="small soft" dir="auto">${what}</p>
      ${pause.reason && html`<p class="small" dir="auto">${pause.reason}</p>`}
    </div>
    ${pause.id < 0 && html`<p class="small soft">${t("habit.waits")}</p>`}
    ${pause.id > 0 &&
    html`<div class="row">
      ${isRunning && html`<button aria-label=${`${t("pauses.end")}: ${when}`} onClick=${endNow}>${t("pauses.end")}</button>`}
      <button aria-label=${`${t("edit")}: ${when}`} onClick=${() => onEdit(pause)}>${t("edit")}</button>
      <${Sure}
        text=${t("delete")}
        name=${`${t("delete")}: ${when}`}
        question=${t("pauses.delete.ask", { when })}
        onSure=${() => doOrWait(request("DELETE", `pauses/${pause.id}`, undefined, when))}
      />
    </div>`}
  </li>`;
}

/**
 * @param {{pause: Pause | null, habits: Activity[], today: string, onClose: () => void}} props
 */
function Editor({ pause, habits, today, onClose }) {
  const [from, setFrom] = useState(pause?.from ?? today);
  const [until, setUntil] = useState(pause === null ? addDays(today, 6) : (pause.to ?? ""));
  const [activity, setActivity] = useState(pause?.activity_id ? String(pause.activity_id) : "");
  const [reason, setReason] = useState(pause?.reason ?? "");
  const { isBusy, error, run } = useAction();
  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    const body = { from, to: until || null, activity_id: activity === "" ? null : Number(activity), reason: reason.trim() };
    const about = `${t("pauses.one")}: ${rangeText(body)}`;
    const [method, path] = pause === null ? ["POST", "pauses"] : ["PATCH", `pauses/${pause.id}`];
    if (await run(() => doOrWait(request(method, path, body, about)))) onClose();
  }
  return html`<${Dialog} title=${t(pause === null ? "pauses.add" : "pauses.edit")} onClose=${onClose}>
    <form onSubmit=${submit}>
      <div class="fields">
        <${Field} label=${t("pauses.from")} type="date" required min=${FIRST_DAY} max=${LAST_DAY} value=${from} onInput=${(/** @type {any} */ event) => setFrom(event.target.value)} />
        <${Field} label=${t("pauses.to")} hint=${t("pauses.to.hint")} type="date" min=${from} max=${LAST_DAY} value=${until} onInput=${(/** @type {any} */ event) => setUntil(event.target.value)} />
      </div>
      <${Field} label=${t("pauses.what")} control="select" value=${activity} onChange=${(/** @type {any} */ event) => setActivity(event.target.value)}>
        <option value="">${t("pauses.all")}</option>
        ${habits.filter((one) => one.active === 1 || one.id === pause?.activity_id).map((one) => html`<option key=${one.id} value=${String(one.id)}>${one.name}</option>`)}
      <//>
      <${Field} label=${t("pauses.reason")} maxlength="120" dir="auto" value=${reason} onInput=${(/** @type {any} */ event) => setReason(event.target.value)} />
      ${error && html`<${Failure} error=${error} />`}
      <div class="actions">
        <button type="button" onClick=${onClose}>${t("cancel")}</button>
        <button class="primary" disabled=${isBusy}>${t("save")}</button>
      </div>
    </form>
  <//>`;
}

/** @param {{from: string, to: string | null}} pause */
function rangeText({ from, to }) {
  const style = /** @type {const} */ ({ dateStyle: "medium" });
  if (to === null) return t("pauses.open", { day: dayText(from, style) });
  return from === to ? dayText(from, style) : `${dayText(from, style)} – ${dayText(to, style)}`;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {string} about
 * @returns {import("../outbox.js").RequestChange}
 */
function request(method, path, body, about) {
  return { kind: "request", method, path, body, about };
}
