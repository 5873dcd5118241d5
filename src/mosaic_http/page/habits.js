// @ts-check
/** What a habit's schedule and target amount to. Everything here is pure. */

import { addDays, daysBetween, monthOf, weekday } from "./dates.js";
import { isDone } from "./overlay.js";

/** @typedef {import("./overlay.js").Day} Day */
/** @typedef {import("./overlay.js").Target} Target */

/**
 * An activity as the server tells it.
 * @typedef {{id: number, user_id: number | null, name: string, category: string, activity_type: string, goal: number,
 *   description: string, active: number, frequency_per_day: number, frequency_per_week: number,
 *   deactivated_at: string | null, schedule: any, target: Target | null, unit: string}} Activity
 */

export const ACTIVITIES = "activities?all=true&limit=500";
export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/**
 * What a habit is like: one is done or not (`check`), one is counted (`counter`), one should stay low (`limit`).
 * @param {{target: Target | null, activity_type: string, unit: string}} habit
 * @returns {"check" | "counter" | "limit"}
 */
export function kindOf({ target, activity_type: type, unit }) {
  if (target?.kind === "at_most" || (type === "negative" && target === null)) return "limit";
  return target !== null || unit !== "" ? "counter" : "check";
}

/**
 * Return whether a day's number is above what a habit that should stay low allows.
 * @param {{target: Target | null, activity_type: string, unit: string}} habit
 * @param {number | null} value
 */
export function isOver(habit, value) {
  return kindOf(habit) === "limit" && value !== null && !isDone(habit, value);
}

/**
 * Return whether a day still asks for something. A habit that has not begun asks when its schedule does.
 * @param {import("./overlay.js").Item} item
 * @param {string} date
 */
export function isDue(item, date) {
  if (item.state !== null) return item.due;
  return item.schedule.kind !== "weekdays" || item.schedule.days.includes(WEEKDAYS[weekday(date)]);
}

/**
 * Return how much of what a day wants was reached, from 0 to 1.
 * @param {{target: Target | null}} habit
 * @param {Day} day
 */
export function shareOf({ target }, day) {
  if (day.state === "done") return 1;
  if (target?.kind !== "at_least" || target.value <= 0 || day.value === null) return 0;
  return Math.min(Math.max(day.value, 0) / target.value, 1);
}

/**
 * Return on how many days a week a schedule wants something, on average.
 * @param {any} schedule
 * @returns {number}
 */
function daysPerWeek(schedule) {
  if (schedule.kind === "daily") return 7;
  if (schedule.kind === "weekdays") return schedule.days.length;
  if (schedule.kind === "every") return 7 / schedule.days;
  if (schedule.per === "week") return schedule.times;
  return (schedule.times * 7) / (schedule.per === "month" ? 365.25 / 12 : schedule.per);
}

/**
 * Return what the statistics want to know of a habit: how often a week, and what a day's goal is.
 * @param {any} schedule
 * @param {Target | null} target
 */
export function goalsOf(schedule, target) {
  const days = daysPerWeek(schedule);
  const amount = target?.kind === "at_least" ? target.value : 1;
  return {
    frequency_per_day: 1,
    frequency_per_week: Math.min(7, Math.max(1, Math.round(days))),
    goal: Math.max(0, Math.round(((amount * days) / 7) * 1000) / 1000),
  };
}

/**
 * Return the rows of kept occasions in these days: from when to when, and how many, oldest first.
 * @param {Day[]} days
 * @param {any} schedule
 * @param {string | null} begin
 * @returns {{from: string, to: string, count: number}[]}
 */
export function streaksOf(days, schedule, begin) {
  /** @type {{from: string, to: string, count: number}[]} */
  const streaks = [];
  let isRunning = false;
  for (const { from, to, isKept } of occasionsOf(days, schedule, begin)) {
    if (isKept && isRunning) {
      const last = streaks[streaks.length - 1];
      last.to = to;
      last.count += 1;
    } else if (isKept) streaks.push({ from, to, count: 1 });
    isRunning = isKept;
  }
  return streaks;
}

/**
 * Return the occasions that were kept or missed.
 * @param {Day[]} days
 * @param {any} schedule
 * @param {string | null} begin
 * @returns {{from: string, to: string, isKept: boolean}[]}
 */
function occasionsOf(days, schedule, begin) {
  if (begin === null) return [];
  const known = days.filter((day) => day.state !== null);
  if (schedule.kind === "times") return periodsOf(known, schedule, begin);
  return known
    .filter((day) => isWanted(schedule, day.date, begin) && (day.state === "done" || day.state === "missed"))
    .map((day) => ({ from: day.date, to: day.date, isKept: day.state === "done" }));
}

/**
 * @param {any} schedule
 * @param {string} date
 * @param {string} begin
 */
function isWanted(schedule, date, begin) {
  if (schedule.kind === "weekdays") return schedule.days.includes(WEEKDAYS[weekday(date)]);
  if (schedule.kind === "every") return daysBetween(schedule.from ?? begin, date) % schedule.days === 0;
  return true;
}

/**
 * A period is missed if a day of it is; it is kept if one is done and none is missed or open.
 * @param {Day[]} days
 * @param {any} schedule
 * @param {string} begin
 */
function periodsOf(days, schedule, begin) {
  /** @type {Map<string, Day[]>} */
  const periods = new Map();
  for (const day of days) {
    const first = firstOf(schedule, day.date, begin);
    periods.set(first, [...(periods.get(first) ?? []), day]);
  }
  return [...periods.values()]
    .filter((period) => period.some((day) => day.state === "done" || day.state === "missed"))
    .filter((period) => !period.some((day) => day.state === "open"))
    .map((period) => ({
      from: period[0].date,
      to: period[period.length - 1].date,
      isKept: !period.some((day) => day.state === "missed"),
    }));
}

/**
 * @param {any} schedule
 * @param {string} date
 * @param {string} begin
 */
function firstOf(schedule, date, begin) {
  if (schedule.per === "week") return addDays(date, -weekday(date));
  if (schedule.per === "month") return monthOf(date);
  const past = daysBetween(schedule.from ?? begin, date);
  return addDays(date, -(((past % schedule.per) + schedule.per) % schedule.per));
}
