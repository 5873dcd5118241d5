// @ts-check
/** What the charts of the body show, shaped from what the server tells. */

import { dayAt, endOfHour, hourAt } from "../../zones.js";

/**
 * @typedef {{date: string, value: number | null}} DayValue
 * @typedef {{type: string, status: string, collected_at_utc: string, payload: Record<string, any>}} RawRecord
 * @typedef {"awake" | "rem" | "light" | "deep" | "asleep" | "other"} Stage
 * @typedef {{stage: Stage, start: number, end: number}} Span
 * @typedef {{start: number, end: number, spans: Span[]}} Night
 * @typedef {{id: number, priority: number}} Ranked
 */

const MINUTE = 60_000;

/** The stages of sleep, from the top of a chart to its bottom. */
export const STAGES = /** @type {const} */ (["awake", "rem", "light", "deep", "asleep", "other"]);

/** @type {Record<string, Stage>} */
const NAMES = {
  awake: "awake", wake: "awake", restless: "awake", out_of_bed: "awake", 1: "awake", 3: "awake",
  rem: "rem", 6: "rem",
  light: "light", core: "light", asleepcore: "light", 4: "light",
  deep: "deep", asleepdeep: "deep", 5: "deep",
  asleeprem: "rem",
  asleep: "asleep", sleeping: "asleep", sleep: "asleep", asleepunspecified: "asleep", 2: "asleep",
};

/**
 * Return which stage an app means by its name of it.
 * @param {unknown} name
 * @returns {Stage}
 */
function stageOf(name) {
  return NAMES[String(name).toLowerCase().replace(/^(sleep_)?stage_/, "")] ?? "other";
}

/**
 * Return whether a day has something: without records, a day's steps and sleep are told as 0.
 * @param {DayValue} day
 */
export function isRecorded(day) {
  return day.value !== null && day.value > 0;
}

/**
 * Return the average of the days that have something, or null.
 * @param {DayValue[]} days
 */
export function averageOf(days) {
  const told = days.filter(isRecorded);
  return told.length === 0 ? null : told.reduce((sum, day) => sum + Number(day.value), 0) / told.length;
}

/**
 * Return the average of a day in each month.
 * @param {DayValue[]} days
 * @returns {DayValue[]}
 */
export function byMonth(days) {
  const months = [...new Set(days.map((day) => day.date.slice(0, 7)))];
  return months.map((month) => ({
    date: `${month}-01`,
    value: averageOf(days.filter((day) => day.date.startsWith(month))),
  }));
}

/**
 * Return the nights that end on a day. Stages that are records of their own come with their sessions.
 * @param {RawRecord[]} sessions
 * @param {RawRecord[]} stages
 * @param {string} day
 * @param {string} zone
 * @returns {Night[]}
 */
export function nightsOf(sessions, stages, day, zone) {
  return sessions
    .map((session) => nightOf(session, stages))
    .filter((night) => night.end > night.start && dayAt(night.end, zone) === day)
    .sort((one, other) => one.start - other.start);
}

/**
 * Return how many minutes each stage of the nights took.
 * @param {Night[]} nights
 * @returns {Partial<Record<Stage, number>>}
 */
export function minutesOf(nights) {
  /** @type {Partial<Record<Stage, number>>} */
  const minutes = {};
  for (const { stage, start, end } of nights.flatMap((night) => night.spans)) {
    minutes[stage] = (minutes[stage] ?? 0) + (end - start) / MINUTE;
  }
  return minutes;
}

/**
 * Return the samples of heart rate, the oldest first, as seconds and beats per minute.
 * @param {RawRecord[]} records
 * @returns {[number[], number[]]}
 */
export function samplesOf(records) {
  const samples = records
    .map((record) => [Date.parse(record.collected_at_utc) / 1000, Number(record.payload.fields?.bpm)])
    .filter(([, bpm]) => bpm > 0)
    .sort(([one], [other]) => one - other);
  return [samples.map(([at]) => at), samples.map(([, bpm]) => bpm)];
}

/**
 * Return the lowest, the average and the highest rate of each hour that has samples.
 * @param {[number[], number[]]} samples
 * @param {string} zone
 */
export function hoursOf([times, rates], zone) {
  /** @type {Map<number, number[]>} */
  const hours = new Map();
  times.forEach((at, index) => {
    const hour = hourAt(at * 1000, zone);
    hours.set(hour, [...(hours.get(hour) ?? []), rates[index]]);
  });
  return [...hours].map(([hour, all]) => ({
    hour,
    least: Math.min(...all),
    average: all.reduce((sum, one) => sum + one, 0) / all.length,
    most: Math.max(...all),
  }));
}

/**
 * Return the steps of each hour of a day. What several sources counted is more than the day's total, in which
 * nothing counts twice: then all hours shrink in proportion.
 * @param {RawRecord[]} records
 * @param {string} day
 * @param {string} zone
 * @param {number} total
 */
export function stepsByHour(records, day, zone, total) {
  const hours = Array(24).fill(0);
  for (const record of records) spread(record, day, zone, hours);
  const sum = hours.reduce((one, other) => one + other, 0);
  return sum > total ? hours.map((steps) => (steps * total) / sum) : hours;
}

/**
 * Return the changes of rank that move a source up (-1) or down (1).
 * @param {Ranked[]} sources
 * @param {number} id
 * @param {-1 | 1} by
 * @returns {Ranked[]}
 */
export function rankChanges(sources, id, by) {
  const order = [...sources];
  const at = order.findIndex((source) => source.id === id);
  const moved = order.splice(at, 1);
  order.splice(at + by, 0, ...moved);
  return order
    .map((source, priority) => ({ id: source.id, priority }))
    .filter(({ id, priority }) => sources.some((source) => source.id === id && source.priority !== priority));
}

/**
 * @param {RawRecord} session
 * @param {RawRecord[]} stages
 * @returns {Night}
 */
function nightOf(session, stages) {
  const { payload } = session;
  const own = stages.filter((one) => one.payload.fields?.session_dedupe_key === payload.dedupe_key);
  const inner = Array.isArray(payload.fields?.stages) ? payload.fields.stages : [];
  const spans = [
    ...inner.map((/** @type {any} */ one) => spanOf(session, one, one)),
    ...own.map((one) => spanOf(one, one.payload, one.payload.fields)),
  ];
  return {
    start: instantOf(session, payload.start),
    end: instantOf(session, payload.end),
    spans: spans.filter((span) => span.end > span.start).sort((one, other) => one.start - other.start),
  };
}

/**
 * @param {RawRecord} record
 * @param {any} times
 * @param {any} named
 * @returns {Span}
 */
function spanOf(record, times, named) {
  return {
    stage: stageOf(named.stage ?? named.stage_type),
    start: instantOf(record, times.start),
    end: instantOf(record, times.end),
  };
}

/**
 * Return the instant of a time in a record. A time without an offset is local where the record was made: the
 * instant of the record's start tells how far that is from UTC.
 * @param {RawRecord} record
 * @param {unknown} time
 */
function instantOf(record, time) {
  const text = String(time).replace(" ", "T");
  if (/(z|[+-]\d\d:?\d\d)$/i.test(text)) return Date.parse(text);
  const begun = String(record.payload.start).replace(" ", "T");
  const shift = Date.parse(record.collected_at_utc) - Date.parse(`${begun.slice(0, 19)}Z`);
  return Date.parse(`${text}Z`) + shift;
}

/**
 * Add a record's steps to the hours that it lies in, in proportion to time.
 * @param {RawRecord} record
 * @param {string} day
 * @param {string} zone
 * @param {number[]} hours
 */
function spread(record, day, zone, hours) {
  const { payload } = record;
  const steps = Number(payload.fields?.steps ?? payload.fields?.count);
  const start = Date.parse(record.collected_at_utc);
  const end = Math.max(start, payload.end ? instantOf(record, payload.end) : start);
  if (!(steps > 0) || Number.isNaN(end)) return;
  for (let at = start; at <= end && dayAt(at, zone) === day; ) {
    const until = Math.min(end, endOfHour(at, zone));
    hours[hourAt(at, zone)] += end === start ? steps : (steps * (until - at)) / (end - start);
    if (until === end) return;
    at = until;
  }
}
