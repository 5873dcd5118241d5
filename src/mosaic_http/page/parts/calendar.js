// @ts-check
/** A month of a habit, each day a button. */

import { addDays, dayText, monthEnd, monthOf, weekday, weekdayNames } from "../dates.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { number, t } from "../texts.js";
import { shadeOf } from "./heat_map.js";

/** @typedef {import("../overlay.js").Day} Day */

/**
 * `month` is its first day. Days that are not among `days` cannot be picked.
 * @param {{month: string, days: Day[], habit: any, today: string, onMonth: (month: string) => void,
 *   onPick: (date: string) => void}} props
 */
export function Calendar({ month, days, habit, today, onMonth, onPick }) {
  const byDate = new Map(days.map((day) => [day.date, day]));
  const last = monthEnd(month);
  const next = addDays(last, 1);
  const before = monthOf(addDays(month, -1));
  const count = Number(last.slice(8));
  const dates = Array.from({ length: count }, (_, index) => addDays(month, index));
  const title = dayText(month, { month: "long", year: "numeric" });
  return html`<div class="calendar">
    <div class="head">
      <h3 aria-live="polite">${title}</h3>
      <div class="row">
        <button class="round" aria-label=${t("calendar.before")} onClick=${() => onMonth(before)}><${Icon} name="left" /></button>
        <button class="round" aria-label=${t("calendar.after")} disabled=${next > today} onClick=${() => onMonth(next)}><${Icon} name="right" /></button>
      </div>
    </div>
    <div class="month">
      ${weekdayNames().map((name) => html`<span key=${name} class="small soft" aria-hidden="true">${name}</span>`)}
      ${dates.map(
        (date, index) => html`<${DayButton}
          key=${date}
          date=${date}
          day=${byDate.get(date)}
          habit=${habit}
          isToday=${date === today}
          column=${index === 0 ? weekday(date) + 1 : undefined}
          onPick=${onPick}
        />`,
      )}
    </div>
  </div>`;
}

/**
 * @param {{date: string, day: Day | undefined, habit: any, isToday: boolean, column: number | undefined,
 *   onPick: (date: string) => void}} props
 */
function DayButton({ date, day, habit, isToday, column, onPick }) {
  const shade = day === undefined ? "none" : shadeOf(habit, day);
  const state = t(`state.${shade === "over" ? shade : (day?.state ?? "none")}`);
  const value = day === undefined || day.value === null ? "" : number(day.value);
  const label = [dayText(date), state, value && `${value} ${habit.unit}`].filter(Boolean).join(", ");
  return html`<button
    class="day shade-${shade} ${isToday ? "is-today" : ""}"
    aria-label=${label}
    aria-current=${isToday ? "date" : undefined}
    disabled=${day === undefined}
    style=${column === undefined ? undefined : { gridColumnStart: column }}
    onClick=${() => onPick(date)}
  >
    <span aria-hidden="true">${Number(date.slice(8))}</span>
    ${shade === "over" && html`<${Icon} name="cross" />`}
  </button>`;
}
