// @ts-check
/** What the server told, as it will be once what waits has been sent. */

import { todayOf } from "./dates.js";
import { isOf } from "./outbox.js";
import { currentUser } from "./session.js";

/** @typedef {import("./outbox.js").Waiting} Waiting */
/** @typedef {{kind: "at_least" | "at_most", value: number}} Target */
/** @typedef {{current: number, longest: number, unit: "days" | "times" | "weeks" | "months" | "periods"}} Streak */
/** @typedef {{date: string, value: number | null, state: State | null}} Day */
/** @typedef {"done" | "missed" | "open" | "paused" | "rest"} State */
/**
 * @typedef {{activity_id: number, name: string, category: string, activity_type: string, unit: string, schedule: any,
 *   target: Target | null, state: State | null, due: boolean, value: number | null, note: string | null,
 *   done: number, needed: number, strength: number, origin: string | null, streak: Streak, isWaiting?: boolean}} Item
 */

/**
 * Return whether a day with the value is done.
 * @param {{target: Target | null, activity_type: string}} habit
 * @param {number | null} value
 */
export function isDone(habit, value) {
  if (value === null) return false;
  if (habit.target?.kind === "at_least") return value >= habit.target.value;
  if (habit.target?.kind === "at_most") return value <= habit.target.value;
  return habit.activity_type === "negative" ? value <= 0 : value > 0;
}

/**
 * Return the items of a day's agenda with what waits.
 * @param {Item[]} items
 * @param {string} date
 * @param {Waiting[]} waiting
 * @returns {Item[]}
 */
export function agendaWith(items, date, waiting) {
  return waiting.reduce((before, one) => {
    if (one.kind === "request") return afterRequest(before, date, one);
    if (one.date !== date || one.stopped !== null) return before;
    return before.map((item) => (isOf(one, activityOf(item)) ? marked(item, one) : item));
  }, items);
}

/**
 * Return the activity of an item; one that waits to be made has no id.
 * @param {Item} item
 */
export function activityOf({ activity_id: id, name }) {
  return { id: id > 0 ? id : undefined, name };
}

/**
 * @param {Item[]} items
 * @param {string} date
 * @param {Waiting & {kind: "request"}} one
 */
function afterRequest(items, date, one) {
  if (one.stopped !== null) return items;
  if (one.path === "finalize_day" && one.body.date === date) {
    return items.map((item) => (item.value === null ? withMark(item, { value: 0, note: "" }) : item));
  }
  if (one.path === "add_activity") return [...items, newItem(one.body)];
  const [room, id, verb] = one.path.split("/");
  if (room !== "activities") return items;
  if (one.method === "PUT") return items.map((item) => (item.activity_id === Number(id) ? { ...item, ...one.body } : item));
  const isArchived = verb === "deactivate" && date >= dayOf(one.madeAt);
  return isArchived ? items.filter((item) => item.activity_id !== Number(id)) : items;
}

/** @param {number} time */
function dayOf(time) {
  return todayOf(currentUser(), new Date(time));
}

/**
 * Return the activities with what waits.
 * @param {import("./habits.js").Activity[]} activities
 * @param {Waiting[]} waiting
 */
export function activitiesWith(activities, waiting) {
  return waiting.reduce((before, one) => {
    if (one.kind !== "request" || one.stopped !== null) return before;
    const [room, id, verb] = one.path.split("/");
    if (room !== "activities") return before;
    const change = verb === undefined ? one.body : { active: Number(verb === "activate") };
    return withChange(before, Number(id), one.method, change);
  }, activities);
}

/**
 * Return the pauses with what waits; a new one has an id below zero until the server gives it one.
 * @param {import("./pages/pauses.js").Pause[]} pauses
 * @param {Waiting[]} waiting
 */
export function pausesWith(pauses, waiting) {
  return waiting.reduce((before, one) => {
    if (one.kind !== "request" || one.stopped !== null) return before;
    const [room, id] = one.path.split("/");
    if (room !== "pauses") return before;
    if (id === undefined) return [...before, { ...one.body, id: -1 - one.seq }];
    return withChange(before, Number(id), one.method, one.body);
  }, pauses);
}

/**
 * @template {{id: number}} T
 * @param {T[]} rows
 * @param {number} id
 * @param {string} method
 * @param {Partial<T>} change
 * @returns {T[]}
 */
function withChange(rows, id, method, change) {
  if (method === "DELETE") return rows.filter((row) => row.id !== id);
  return rows.map((row) => (row.id === id ? { ...row, ...change } : row));
}

/**
 * @param {Item} item
 * @param {Waiting} one
 */
function marked(item, one) {
  return withMark(item, one.kind === "entry" ? { value: one.value, note: one.note } : null);
}

/**
 * Return an item as it is with another mark, or with none. What the server alone can tell exactly (a streak that
 * joins an older one) is told by it afterwards.
 * @param {Item} item
 * @param {{value: number, note: string} | null} mark
 * @returns {Item}
 */
export function withMark(item, mark) {
  const was = item.state === "done";
  const is = isDone(item, mark?.value ?? null);
  const step = Number(is) - Number(was);
  const rest = item.needed > 0 ? "open" : "rest";
  const current = Math.max(0, item.streak.current + (isOneDay(item) && item.needed > 0 ? step : 0));
  const done = Math.max(0, item.done + step);
  return {
    ...item,
    value: mark?.value ?? null,
    note: mark?.note ?? null,
    origin: mark === null ? null : "person",
    state: is ? "done" : was ? rest : item.state === null && mark !== null ? "open" : item.state,
    due: is ? false : was ? item.needed > 0 && done < item.needed : item.due,
    done,
    streak: { ...item.streak, current, longest: Math.max(item.streak.longest, current) },
    isWaiting: true,
  };
}

/** @param {Item} item */
function isOneDay(item) {
  return item.schedule.kind !== "times";
}

/**
 * @param {any} body
 * @returns {Item}
 */
function newItem(body) {
  return {
    activity_id: 0,
    name: body.name,
    category: body.category ?? "",
    activity_type: body.activity_type ?? "positive",
    unit: body.unit ?? "",
    schedule: body.schedule ?? { kind: "daily" },
    target: body.target ?? null,
    state: null,
    due: true,
    value: null,
    note: null,
    done: 0,
    needed: 1,
    strength: 0,
    origin: null,
    streak: { current: 0, longest: 0, unit: "days" },
    isWaiting: true,
  };
}

/**
 * Return the days of an activity's history with what waits.
 * @param {Day[]} days
 * @param {{id: number, name: string, target: Target | null, activity_type: string}} habit
 * @param {Waiting[]} waiting
 * @returns {Day[]}
 */
export function daysWith(days, habit, waiting) {
  const marks = new Map(
    waiting
      .filter((one) => one.stopped === null && isOf(one, habit))
      .map((one) => [/** @type {any} */ (one).date, one]),
  );
  if (marks.size === 0) return days;
  return days.map((day) => {
    const one = marks.get(day.date);
    if (one === undefined) return day;
    const value = one.kind === "entry" ? one.value : null;
    const state = isDone(habit, value) ? "done" : day.state === "done" ? "open" : day.state;
    return { ...day, value, state };
  });
}
