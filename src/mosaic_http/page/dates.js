// @ts-check
/** Days as `YYYY-MM-DD`, which sort and compare as texts. */

import { formatter, t } from "./texts.js";
import { offsetAt } from "./zones.js";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** What Mosaic takes: days from the first to the last. */
export const [FIRST_DAY, LAST_DAY] = ["1900-01-01", "2200-12-31"];

/**
 * Return the user's today: the local date of now in their zone, and until their day starts still yesterday.
 * @param {{timezone: string, day_start: string}} user
 * @param {Date} [now]
 */
export function todayOf(user, now = new Date()) {
  const [hours, minutes] = user.day_start.split(":").map(Number);
  const clock = now.getTime() + offsetAt(now.getTime(), user.timezone);
  return new Date(clock - (hours * 60 + minutes) * MINUTE_MS).toISOString().slice(0, 10);
}

/**
 * @param {string} day
 * @param {number} count
 */
export function addDays(day, count) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

/**
 * Return how many days lie between two days.
 * @param {string} from
 * @param {string} to
 */
export function daysBetween(from, to) {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

/**
 * Return the day of the week, 0 for Monday.
 * @param {string} day
 */
export function weekday(day) {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
}

/**
 * Return the first day of a day's month.
 * @param {string} day
 */
export function monthOf(day) {
  return `${day.slice(0, 7)}-01`;
}

/**
 * Return the last day of a day's month.
 * @param {string} day
 */
export function monthEnd(day) {
  return addDays(monthOf(addDays(monthOf(day), 31)), -1);
}

/**
 * Return whether it is a real date that Mosaic takes.
 * @param {string} text
 */
export function isDay(text) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) && text >= FIRST_DAY && text <= LAST_DAY;
}

/**
 * Write a day as people do.
 * @param {string} day
 * @param {Intl.DateTimeFormatOptions} [options]
 */
export function dayText(day, options = { weekday: "long", day: "numeric", month: "long" }) {
  return formatter(Intl.DateTimeFormat, { ...options, timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
}

/**
 * Write a day shortly, with its year where it is not this one's.
 * @param {string} day
 * @param {string} today
 */
export function shortDay(day, today) {
  const isThisYear = day.slice(0, 4) === today.slice(0, 4);
  return dayText(day, { day: "numeric", month: "short", year: isThisYear ? undefined : "numeric" });
}

/**
 * Name a day as one does in speech: today, yesterday, or its date.
 * @param {string} day
 * @param {string} today
 */
export function spokenDay(day, today) {
  if (day === today) return t("today");
  if (day === addDays(today, -1)) return t("yesterday");
  if (day === addDays(today, 1)) return t("tomorrow");
  return dayText(day, { weekday: "long" });
}

/**
 * Return the names of the days of the week, from Monday.
 * @param {"long" | "short" | "narrow"} [form]
 * @returns {string[]}
 */
export function weekdayNames(form = "short") {
  return [..."0123456"].map((one) => dayText(addDays("2024-01-01", Number(one)), { weekday: form }));
}
