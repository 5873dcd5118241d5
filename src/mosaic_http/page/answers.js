// @ts-check
/**
 * What the server told, shown at once and brought up to date: from memory, else from what the browser kept,
 * then from the server. Without a network the last answer stays.
 */

import { ApiError, NoAnswer, ask, isPassing } from "./api.js";
import { useEffect, useState } from "./html.js";
import { session } from "./session.js";
import { signal } from "./signals.js";
import { keep, kept } from "./storage.js";

/**
 * `at` is when the server was asked last, `next` the answer to what is asked once more after `asking`.
 * @typedef {{data: any, error: Error | null, isOld: boolean, at: number, asking: Promise<void> | null,
 *   next: Promise<void> | null, listeners: Set<() => void>}} Held
 */

const FRESH_MS = 5_000;
const NOTHING = { data: undefined, error: null, isOld: false };
const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("mosaic-answers");

/** @type {Map<string, Held>} */
const held = new Map();

/** When what is shown was last asked for again, in milliseconds: whoever asks by themselves asks again with it. */
export const lastRound = signal(0);

/**
 * Show the answer to a GET request: `const {data, error, isOld} = useAnswer("agenda")`.
 *
 * `data` is undefined until there is something to show; `isOld` says that the server could not be asked;
 * `error` is its refusal. A path of null asks nothing.
 * @param {string | null} path
 * @returns {{data: any, error: Error | null, isOld: boolean}}
 */
export function useAnswer(path) {
  const [, draw] = useState({});
  const { data, error, isOld } = path === null ? NOTHING : of(path);
  useEffect(() => {
    if (path === null) return;
    const one = of(path);
    const listener = () => draw({});
    one.listeners.add(listener);
    if (one.data !== data || one.error !== error || one.isOld !== isOld) listener();
    void bring(path, one);
    return () => {
      one.listeners.delete(listener);
    };
  }, [path]);
  return { data, error, isOld };
}

/** Ask again for everything that is shown, in every tab: something has changed. Returns whether this tab was answered. */
export async function renew() {
  tabs?.postMessage("changed");
  await refresh();
  return [...held.values()].every((one) => !one.isOld);
}

/** Ask again for everything that this tab shows: somebody looks once more. */
export async function refresh() {
  await askAgain(0);
}

/**
 * Ask again for what is shown and was asked for so long ago.
 * @param {number} age milliseconds
 */
async function askAgain(age) {
  const before = Date.now() - age;
  if (lastRound.get() <= before) lastRound.set(Date.now());
  /** @type {Promise<void>[]} */
  const asking = [];
  for (const [path, one] of held) {
    if (one.listeners.size === 0) held.delete(path);
    else if (one.at <= before) asking.push(bring(path, one, true));
  }
  await Promise.all(asking);
}

/** Bring up to date what somebody comes back to. */
function lookAgain() {
  if (!document.hidden) void askAgain(FRESH_MS);
}

addEventListener("focus", lookAgain);
addEventListener("online", lookAgain);
document.addEventListener("visibilitychange", lookAgain);
if (tabs !== null) tabs.onmessage = () => void askAgain(0);

let known = session.get();

session.listen(() => {
  const now = session.get();
  if (now.user?.id !== known.user?.id) held.clear();
  else if (now.status === "in" && (known.status === "ended" || known.status === "elsewhere")) void askAgain(0);
  known = now;
});

/**
 * @param {string} path
 * @returns {Held}
 */
function of(path) {
  let one = held.get(path);
  if (one === undefined) {
    one = { ...NOTHING, at: 0, asking: null, next: null, listeners: new Set() };
    held.set(path, one);
  }
  return one;
}

/**
 * Ask, one question at a time: an answer that overtook a later one would be shown in its place.
 * @param {string} path
 * @param {Held} one
 * @param {boolean} [again] also if it is being asked for, for that answer may be older than the change
 * @returns {Promise<void>}
 */
function bring(path, one, again = false) {
  if (one.asking === null) return (one.asking = fetched(path, one).finally(() => (one.asking = null)));
  if (!again) return one.asking;
  return (one.next ??= one.asking.then(() => {
    one.next = null;
    return bring(path, one, true);
  }));
}

/**
 * @param {string} path
 * @param {Held} one
 */
async function fetched(path, one) {
  const userId = session.get().user?.id;
  if (userId === undefined) return;
  if (one.data === undefined) {
    const before = await kept("answers", [userId, path]);
    if (before !== undefined && one.data === undefined) change(one, { data: before });
  }
  one.at = Date.now();
  try {
    const data = await ask("GET", path);
    if (session.get().status !== "in" || session.get().user?.id !== userId) return;
    change(one, { data: sharing(data, one.data), error: null, isOld: false });
    await keep("answers", [userId, path], data);
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof ApiError)) throw error;
    if (isPassing(error)) change(one, { isOld: true, error: one.data === undefined ? error : null });
    else change(one, { error });
  }
}

/**
 * Return an answer with those parts of the one before that have not changed: what shows them need not be drawn again.
 * @param {any} after
 * @param {any} before
 * @returns {any}
 */
function sharing(after, before) {
  if (!isComposed(after) || !isComposed(before) || Array.isArray(after) !== Array.isArray(before)) return after;
  const names = Object.keys(after);
  for (const name of names) after[name] = sharing(after[name], before[name]);
  const isSame = names.length === Object.keys(before).length && names.every((name) => Object.is(after[name], before[name]));
  return isSame ? before : after;
}

/**
 * @param {any} value
 * @returns {value is Record<string, any>}
 */
function isComposed(value) {
  return typeof value === "object" && value !== null;
}

/**
 * @param {Held} one
 * @param {Partial<Held>} what
 */
function change(one, what) {
  Object.assign(one, what);
  for (const listener of [...one.listeners]) listener();
}
