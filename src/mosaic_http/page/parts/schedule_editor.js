// @ts-check
/** When a habit is wanted, in the words a person uses. */

import { FIRST_DAY, LAST_DAY, isDay, weekdayNames } from "../dates.js";
import { WEEKDAYS } from "../habits.js";
import { html } from "../html.js";
import { t } from "../texts.js";
import { Field } from "./field.js";

/**
 * What is being edited: all that was typed for any kind, so that nothing is lost by looking at another one.
 * @typedef {{kind: "daily" | "weekdays" | "every" | "times", days: string[], gap: string, times: string,
 *   per: "week" | "month" | "days", length: string, from: string}} Draft
 */

/**
 * @param {any} schedule
 * @returns {Draft}
 */
export function draftOf(schedule) {
  const isBlock = typeof schedule.per === "number";
  return {
    kind: schedule.kind,
    days: schedule.kind === "weekdays" ? schedule.days : ["mon", "wed", "fri"],
    gap: schedule.kind === "every" ? String(schedule.days) : "2",
    times: schedule.kind === "times" ? String(schedule.times) : "3",
    per: isBlock ? "days" : (schedule.per ?? "week"),
    length: isBlock ? String(schedule.per) : "10",
    from: schedule.from ?? "",
  };
}

/**
 * Return the schedule that the draft describes.
 * @param {Draft} draft
 */
export function scheduleOf({ kind, days, gap, times, per, length, from }) {
  const begin = isDay(from) ? { from } : {};
  if (kind === "daily") return { kind };
  if (kind === "weekdays") return { kind, days: WEEKDAYS.filter((day) => days.includes(day)) };
  if (kind === "every") return { kind, days: Number(gap), ...begin };
  if (per === "days") return { kind, times: Number(times), per: Number(length), ...begin };
  return { kind, times: Number(times), per };
}

/**
 * @param {{draft: Draft, onChange: (draft: Draft) => void}} props
 */
export function ScheduleEditor({ draft, onChange }) {
  /** @param {Partial<Draft>} what */
  const set = (what) => onChange({ ...draft, ...what });
  return html`<fieldset>
    <legend>${t("schedule.when")}</legend>
    <select
      aria-label=${t("schedule.when")}
      value=${draft.kind}
      onChange=${(/** @type {any} */ event) => set({ kind: event.target.value })}
    >
      <option value="daily">${t("schedule.kind.daily")}</option>
      <option value="weekdays">${t("schedule.kind.weekdays")}</option>
      <option value="times">${t("schedule.kind.times")}</option>
      <option value="every">${t("schedule.kind.every")}</option>
    </select>
    ${draft.kind === "weekdays" && html`<${Days} days=${draft.days} onChange=${(/** @type {string[]} */ days) => set({ days })} />`}
    ${draft.kind === "every" && html`<${Every} draft=${draft} set=${set} />`}
    ${draft.kind === "times" && html`<${Times} draft=${draft} set=${set} />`}
  </fieldset>`;
}

/** @param {{days: string[], onChange: (days: string[]) => void}} props */
function Days({ days, onChange }) {
  const short = weekdayNames();
  const long = weekdayNames("long");
  /** @param {string} day */
  function toggle(day) {
    const next = days.includes(day) ? days.filter((one) => one !== day) : [...days, day];
    if (next.length > 0) onChange(next);
  }
  return html`<div class="weekdays" role="group" aria-label=${t("schedule.days")}>
    ${WEEKDAYS.map(
      (day, index) => html`<button
        key=${day}
        type="button"
        title=${long[index]}
        aria-pressed=${days.includes(day) ? "true" : "false"}
        onClick=${() => toggle(day)}
      >
        ${short[index]}
      </button>`,
    )}
  </div>`;
}

/** @param {{draft: Draft, set: (what: Partial<Draft>) => void}} props */
function Every({ draft, set }) {
  return html`<div class="fields">
    <${Field} label=${t("schedule.gap")} type="number" min="2" max="366" required value=${draft.gap} onInput=${(/** @type {any} */ event) => set({ gap: event.target.value })} />
    <${From} draft=${draft} set=${set} />
  </div>`;
}

/** @param {{draft: Draft, set: (what: Partial<Draft>) => void}} props */
function Times({ draft, set }) {
  const most = { week: 7, month: 28, days: Number(draft.length) || 366 }[draft.per];
  return html`<div class="fields">
      <${Field} label=${t("schedule.times")} type="number" min="1" max=${most} required value=${draft.times} onInput=${(/** @type {any} */ event) => set({ times: event.target.value })} />
      <${Field} label=${t("schedule.per")} control="select" value=${draft.per} onChange=${(/** @type {any} */ event) => set({ per: event.target.value })}>
        <option value="week">${t("schedule.per.week")}</option>
        <option value="month">${t("schedule.per.month")}</option>
        <option value="days">${t("schedule.per.days")}</option>
      <//>
    </div>
    ${draft.per === "days" &&
    html`<div class="fields">
      <${Field} label=${t("schedule.length")} type="number" min="2" max="366" required value=${draft.length} onInput=${(/** @type {any} */ event) => set({ length: event.target.value })} />
      <${From} draft=${draft} set=${set} />
    </div>`}`;
}

/** @param {{draft: Draft, set: (what: Partial<Draft>) => void}} props */
function From({ draft, set }) {
  return html`<${Field} label=${t("schedule.first")} type="date" min=${FIRST_DAY} max=${LAST_DAY} value=${draft.from} onInput=${(/** @type {any} */ event) => set({ from: event.target.value })} />`;
}
