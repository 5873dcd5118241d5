// @ts-check
/** Schedules and targets in words. */

import { dayText, weekdayNames } from "../dates.js";
import { WEEKDAYS } from "../habits.js";
import { number, t } from "../texts.js";

/**
 * Say when a habit is wanted.
 * @param {any} schedule
 * @returns {string}
 */
export function scheduleText(schedule) {
  if (schedule.kind === "daily") return t("schedule.daily");
  if (schedule.kind === "weekdays") return daysText(schedule.days);
  const from = schedule.from ? ` ${t("schedule.from", { day: dayText(schedule.from, { dateStyle: "medium" }) })}` : "";
  if (schedule.kind === "every") return t("schedule.every", { n: schedule.days }) + from;
  if (schedule.per === "week") return t("schedule.times.week", { n: schedule.times });
  if (schedule.per === "month") return t("schedule.times.month", { n: schedule.times });
  return t("schedule.times.days", { n: schedule.times, days: schedule.per }) + from;
}

/** @param {string[]} days */
function daysText(days) {
  const names = weekdayNames();
  return WEEKDAYS.flatMap((day, index) => (days.includes(day) ? [names[index]] : [])).join(", ");
}

/**
 * Say what counts as done.
 * @param {{target: import("../overlay.js").Target | null, activity_type: string, unit: string}} habit
 * @returns {string}
 */
export function targetText({ target, activity_type: type, unit }) {
  if (target === null) return type === "negative" ? t("target.none") : unit;
  return t(target.kind === "at_least" ? "target.at_least" : "target.at_most", { value: number(target.value), unit }).trim();
}
