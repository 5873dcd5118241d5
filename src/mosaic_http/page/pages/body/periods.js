// @ts-check
/** Stretches of the calendar: a day, a week from Monday, a month, a year. */

import { addDays, dayText, monthEnd, monthOf, weekday } from "../../dates.js";
import { formatter } from "../../texts.js";

/** @typedef {"day" | "week" | "month" | "year"} Period */

export const PERIODS = /** @type {const} */ (["day", "week", "month", "year"]);

/**
 * Return the first and the last day of the period in which a day lies.
 * @param {Period} period
 * @param {string} day
 */
export function bounds(period, day) {
  const year = day.slice(0, 4);
  if (period === "year") return { from: `${year}-01-01`, to: `${year}-12-31` };
  if (period === "month") return { from: monthOf(day), to: monthEnd(day) };
  if (period === "day") return { from: day, to: day };
  const monday = addDays(day, -weekday(day));
  return { from: monday, to: addDays(monday, 6) };
}

/**
 * Return a day in the period before (-1) or after (1) the one in which a day lies.
 * @param {Period} period
 * @param {string} day
 * @param {-1 | 1} by
 */
export function neighbour(period, day, by) {
  const { from, to } = bounds(period, day);
  return by < 0 ? addDays(from, -1) : addDays(to, 1);
}

/**
 * Write the period in which a day lies.
 * @param {Period} period
 * @param {string} day
 */
export function periodText(period, day) {
  const { from, to } = bounds(period, day);
  if (period === "year") return from.slice(0, 4);
  if (period === "month") return dayText(from, { month: "long", year: "numeric" });
  if (period === "day") return dayText(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const format = formatter(Intl.DateTimeFormat, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return format.formatRange(new Date(from), new Date(to));
}
