// @ts-check
/** Days and hours in a time zone: what a server's instants mean to the person who looks. */

const HOUR = 3_600_000;

/** @type {Map<string, Intl.DateTimeFormat>} */
const clocks = new Map();

/**
 * Return how far the wall clock of a zone is ahead of UTC at an instant, in milliseconds.
 * @param {number} instant
 * @param {string} zone
 */
export function offsetAt(instant, zone) {
  const part = Object.fromEntries(clock(zone).formatToParts(instant).map(({ type, value }) => [type, +value]));
  const wall = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
  return wall - Math.floor(instant / 1000) * 1000;
}

/**
 * Return the day of an instant in a zone.
 * @param {number} instant
 * @param {string} zone
 */
export function dayAt(instant, zone) {
  return new Date(instant + offsetAt(instant, zone)).toISOString().slice(0, 10);
}

/**
 * Return the hour of an instant in a zone, 0 to 23.
 * @param {number} instant
 * @param {string} zone
 */
export function hourAt(instant, zone) {
  return new Date(instant + offsetAt(instant, zone)).getUTCHours();
}

/**
 * Return the end of the hour that an instant lies in, as the zone's clock shows it.
 * @param {number} instant
 * @param {string} zone
 */
export function endOfHour(instant, zone) {
  const offset = offsetAt(instant, zone);
  return (Math.floor((instant + offset) / HOUR) + 1) * HOUR - offset;
}

/**
 * Return the instant at which a day begins in a zone.
 * @param {string} day
 * @param {string} zone
 */
export function beginOf(day, zone) {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const guess = midnight - offsetAt(midnight, zone);
  return midnight - offsetAt(guess, zone);
}

/** @param {string} zone */
function clock(zone) {
  const known = clocks.get(zone) ?? new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  clocks.set(zone, known);
  return known;
}
