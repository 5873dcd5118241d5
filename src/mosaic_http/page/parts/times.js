// @ts-check
/** Times, durations and sizes as people write them, in the time zone of the account. */

import { currentUser } from "../session.js";
import { formatter, number, t } from "../texts.js";

const LONG_HOURS = 48;

/**
 * Write an instant: date and time.
 * @param {string} instant
 * @param {"short" | "medium"} [timeStyle] with seconds, if medium
 */
export function moment(instant, timeStyle = "short") {
  const options = /** @type {const} */ ({ dateStyle: "medium", timeStyle, timeZone: currentUser().timezone });
  return formatter(Intl.DateTimeFormat, options).format(new Date(instant));
}

/**
 * Write the time of day of an instant.
 * @param {number} instant
 */
export function clockTime(instant) {
  const options = /** @type {const} */ ({ timeStyle: "short", timeZone: currentUser().timezone });
  return formatter(Intl.DateTimeFormat, options).format(instant);
}

/**
 * Write a number of minutes: "7 h 20 min".
 * @param {number} minutes
 */
export function duration(minutes) {
  const whole = Math.round(minutes);
  const [h, m] = [Math.floor(whole / 60), whole % 60];
  if (h >= LONG_HOURS) return t("duration.days", { d: Math.floor(h / 24), h: h % 24 });
  return h === 0 ? t("duration.minutes", { m }) : t("duration.hours", { h, m });
}

/**
 * Write a number of bytes.
 * @param {number} bytes
 */
export function size(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  const step = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${number(bytes / 1000 ** step, { maximumFractionDigits: step === 0 ? 0 : 1 })} ${units[step]}`;
}
