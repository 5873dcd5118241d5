// @ts-check
/**
 * Changes on their way to the server. Each is written down under a key of its own before anything is sent, and
 * is sent in order until it is answered; sent twice, it has one effect. What is refused, or would overwrite what
 * somebody changed meanwhile, stays here to be shown, and never goes by itself.
 */

import { renew } from "./answers.js";
import { ApiError, NoAnswer, ask, isPassing, newKey } from "./api.js";
import { currentUser, session } from "./session.js";
import { signal } from "./signals.js";
import { transact } from "./storage.js";
import { t } from "./texts.js";
import { say } from "./toasts.js";

/** @typedef {{value: number, note: string}} Mark what stands on a day */
/**
 * An entry that is written, or taken back. `base` is what stood there when the person looked; an activity whose
 * id is known is found under its new name too.
 * @typedef {{date: string, activity: string, activityId?: number, base: Mark | null}} OfEntry
 * @typedef {OfEntry & {kind: "entry", value: number, note: string}} EntryChange
 * @typedef {OfEntry & {kind: "no-entry"}} NoEntryChange
 * @typedef {{kind: "request", method: string, path: string, body: any, about: string}} RequestChange
 * @typedef {EntryChange | NoEntryChange | RequestChange} Change
 */
/**
 * A change that waits. `stopped` says why it goes no further by itself; of a refusal, in our words and the server's.
 * @typedef {Change & {seq: number, userId: number, key: string, madeAt: number, attempts: number,
 *   stopped: Stop | null}} Waiting
 * @typedef {{why: "refused", message: string, theirs?: string | null} | {why: "changed", there: Mark | null} | {why: "gone"}} Stop
 * @typedef {Mark & {id: number, user_id: number | null}} Standing an entry that the server has; a shared one is nobody's
 */

/** The signed-in user's changes that wait, oldest first. */
export const outbox = signal(/** @type {Waiting[]} */ ([]));

/** Those, and before them what was sent since the answers that are shown were given. */
export const unseen = signal(/** @type {Waiting[]} */ ([]));
outbox.listen(() => unseen.set([...own(sent), ...outbox.get()]));

/** Whether the server was asked in vain and is asked again later. */
export const isHeldUp = signal(false);

const LOCK = "mosaic-outbox";
const SOON_MS = 150;
const RETRY_MS = [300, 1_000, 3_000, 10_000, 30_000, 60_000];
const SETTLE_MS = 10_000;
const MOST_FAILURES = 8;

const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("mosaic-outbox");
/** What is on disk, of everybody. @type {Waiting[]} */
let stored = [];
/** What is on its way there. @type {Waiting[]} */
let adding = [];
/** @type {Waiting[]} */
let sent = [];
let isSending = false;
let failures = 0;
let notBefore = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let settling;

/** Begin to send what waits, now and whenever there may be a network again. */
export async function start() {
  session.listen(() => {
    if (session.get().status === "in") void load().then(() => sendSoon(0));
  });
  addEventListener("online", () => sendSoon(0));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) sendSoon(0);
  });
  if (tabs !== null) tabs.onmessage = () => void load();
  await load();
  sendSoon(0);
}

/**
 * Write changes down, to be sent in this order. They are shown at once.
 * @param {...Change} changes
 */
export async function add(...changes) {
  const userId = currentUser().id;
  const made = changes.map(
    (change) => /** @type {Waiting} */ ({ ...change, userId, key: newKey(), madeAt: Date.now(), attempts: 0, stopped: null }),
  );
  adding = [...adding, ...made];
  show();
  try {
    await writeDown(async (store, wait) => {
      for (const one of made) await write(store, wait, one);
    });
  } finally {
    adding = adding.filter((one) => !made.includes(one));
    show();
  }
  sendSoon(SOON_MS);
}

/**
 * Do what a form asks for: at once if nothing waits and there is a network, so that a refusal is told where the
 * form is; else later. Returns the server's answer, or null if the change waits.
 * @param {RequestChange} request
 * @returns {Promise<any>}
 */
export async function doOrWait(request) {
  if (outbox.get().some((one) => one.stopped === null)) {
    await add(request);
    say(t("outbox.later"));
    return null;
  }
  const key = newKey();
  try {
    const answer = await ask(request.method, request.path, { body: request.body, key });
    void renew();
    return answer;
  } catch (error) {
    if (!isLater(error)) throw error;
  }
  const waiting = { ...request, userId: currentUser().id, key, madeAt: Date.now(), attempts: 1, stopped: null };
  await change((store, wait) => wait(store.add(waiting)));
  sendSoon(RETRY_MS[0]);
  say(t("outbox.later"));
  return null;
}

/**
 * Return whether what was asked for is done later: there was no answer, or the session has ended.
 * @param {unknown} error
 */
function isLater(error) {
  return error instanceof NoAnswer || (error instanceof ApiError && session.get().status === "ended");
}

/**
 * Send a change that was stopped once more, over whatever stands there now.
 * @param {Waiting} one
 */
export async function insist(one) {
  const { stopped: _, ...rest } = one;
  const base = one.stopped?.why === "changed" ? one.stopped.there : "base" in one ? one.base : null;
  const again = { ...rest, key: newKey(), madeAt: Date.now(), attempts: 0, stopped: null };
  await change((store, wait) => wait(store.put("base" in one ? { ...again, base } : again)));
  sendSoon(0);
}

/**
 * Give a change up.
 * @param {Waiting} one
 */
export async function giveUp(one) {
  await change((store, wait) => wait(store.delete(one.seq)));
  void renew();
}

/**
 * Return the changes with one more: it takes the place of an earlier one of the same entry that was never sent.
 * @param {Waiting[]} before
 * @param {Waiting} added
 * @returns {{after: Waiting[], replaced: Waiting | null}}
 */
function folded(before, added) {
  const earlier = before.findLast((one) => one.kind === "request" || isSameEntry(one, added));
  if (added.kind === "request" || earlier === undefined || earlier.kind === "request" || !isUnsent(earlier)) {
    return { after: [...before, added], replaced: null };
  }
  const rest = before.filter((one) => one !== earlier);
  if (added.kind === "no-entry" && earlier.base === null) return { after: rest, replaced: earlier };
  return { after: [...rest, { ...added, base: earlier.base }], replaced: earlier };
}

/**
 * @param {Waiting} one
 */
function isUnsent(one) {
  return one.attempts === 0 && one.stopped === null;
}

/**
 * @param {Waiting} one
 * @param {Waiting} other
 */
function isSameEntry(one, other) {
  if (one.kind === "request" || other.kind === "request") return false;
  return one.date === other.date && isOf(one, { id: other.activityId, name: other.activity });
}

/**
 * Return whether a change is of the activity: of its id, where both have one, for names change and two can have the
 * same.
 * @param {Change} one
 * @param {{id?: number, name: string}} activity
 */
export function isOf(one, { id, name }) {
  if (one.kind === "request") return false;
  return one.activityId === undefined || id === undefined ? one.activity === name : one.activityId === id;
}

/**
 * @param {IDBObjectStore} store
 * @param {<R>(request: IDBRequest<R>) => Promise<R>} wait
 * @param {Waiting} added
 */
async function write(store, wait, added) {
  const before = (await wait(store.getAll())).filter((one) => one.userId === added.userId);
  const { after, replaced } = folded(before, added);
  if (replaced !== null) await wait(store.delete(replaced.seq));
  if (replaced === null || after.length === before.length) await wait(store.add(after[after.length - 1]));
}

/**
 * Change what is written down, and show it in every tab.
 * @template T
 * @param {(store: IDBObjectStore, wait: <R>(request: IDBRequest<R>) => Promise<R>) => Promise<T>} work
 */
async function change(work) {
  const result = await writeDown(work);
  show();
  return result;
}

/**
 * Change what is written down, and tell the other tabs.
 * @template T
 * @param {(store: IDBObjectStore, wait: <R>(request: IDBRequest<R>) => Promise<R>) => Promise<T>} work
 */
async function writeDown(work) {
  const [result, all] = await transact(
    "outbox",
    "readwrite",
    async (store, wait) => /** @type {const} */ ([await work(store, wait), await wait(store.getAll())]),
  );
  stored = all;
  tabs?.postMessage("changed");
  return result;
}

async function load() {
  stored = await transact("outbox", "readonly", (store, wait) => wait(store.getAll()));
  show();
}

/** Show what waits: a disk that is slow to write takes nothing out of sight. */
function show() {
  outbox.set(own(adding).reduce((before, one) => folded(before, one).after, own(stored)));
}

/**
 * Return what is the signed-in user's.
 * @param {Waiting[]} all
 */
function own(all) {
  const userId = session.get().user?.id;
  return all.filter((one) => one.userId === userId);
}

/**
 * @param {number} delay
 */
function sendSoon(delay) {
  clearTimeout(timer);
  timer = setTimeout(() => void send(), Math.max(delay, notBefore - Date.now()));
}

/** Send what waits, in one tab at a time; whatever comes in between, the rest is sent later. */
async function send() {
  if (session.get().status !== "in") isHeldUp.set(true);
  if (isSending || session.get().status !== "in") return;
  isSending = true;
  try {
    await alone(sendAll);
    failures = 0;
    isHeldUp.set(false);
    void settle();
  } catch (error) {
    if (error instanceof ApiError && error.retryAfter !== null) notBefore = Date.now() + error.retryAfter * 1000;
    sendSoon(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
    failures += 1;
    isHeldUp.set(true);
    if (!(error instanceof NoAnswer || error instanceof ApiError)) throw error;
  } finally {
    isSending = false;
  }
  if (nextToSend() !== undefined && failures === 0) sendSoon(0);
}

function nextToSend() {
  return own(stored).find((one) => one.stopped === null);
}

/** Show the answers that the server gives now, instead of what was sent before; without them, what was sent. */
async function settle() {
  const settled = new Set(sent);
  if (settled.size === 0) return;
  if (!(await renew())) {
    clearTimeout(settling);
    settling = setTimeout(() => void settle(), SETTLE_MS);
    return;
  }
  sent = sent.filter((one) => !settled.has(one));
  unseen.set([...own(sent), ...outbox.get()]);
}

/**
 * Browsers have locks over HTTPS and on the machine itself; elsewhere the keys alone keep two tabs from doing a
 * change twice.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function alone(work) {
  return navigator.locks ? navigator.locks.request(LOCK, work) : work();
}

async function sendAll() {
  for (;;) {
    await load();
    const next = nextToSend();
    if (next === undefined) return;
    await sendOne(next);
  }
}

/**
 * Send one change. Throws what must be tried again.
 * @param {Waiting} one
 */
async function sendOne(one) {
  const { stopped, request, ...known } = await judged(one);
  if (stopped !== null) {
    await put({ ...one, stopped });
    return;
  }
  const claimed = { ...one, ...known, attempts: one.attempts + 1 };
  if (!(await put(claimed))) return;
  try {
    const told = request && (await ask(request.method, request.path, { body: request.body, key: one.key }));
    if (told?.activity_created) say(t("outbox.created", { name: told.entry.activity }), { kind: "failed" });
  } catch (error) {
    if (!(error instanceof ApiError) || isLaterOn(error, one)) throw error;
    if (!(one.kind === "no-entry" && error.status === 404)) {
      await put({ ...claimed, stopped: { why: "refused", message: error.ours, theirs: error.theirs } });
      return;
    }
  }
  failures = 0;
  sent = [...sent, claimed];
  await change((store, wait) => wait(store.delete(one.seq)));
}

/**
 * Return why a change goes no further, or what to ask for it; nothing is asked to take back what is not there.
 * @param {Waiting} one
 * @returns {Promise<{stopped: Stop | null, request: {method: string, path: string, body?: unknown} | null,
 *   activity?: string}>}
 */
async function judged(one) {
  if (one.kind === "request") return { stopped: null, request: one };
  const found = await foundOf(one);
  if (found === null) return { stopped: { why: "gone" }, request: null };
  const { activity, there } = found;
  const told = there && { value: there.value, note: there.note };
  const isThere = isSame(told, wanted(one));
  if (isThere && one.attempts > 0) return { stopped: null, request: null };
  if (!isThere && collides(one, told)) return { stopped: { why: "changed", there: told }, request: null };
  return { stopped: null, request: one.kind === "entry" ? writing(one, activity, there) : removing(there), activity };
}

/**
 * Return the name that the activity has now, and what stands on the day; null if both are no more.
 * @param {EntryChange | NoEntryChange} one
 * @returns {Promise<{activity: string, there: Standing | null} | null>}
 */
async function foundOf(one) {
  const { date, activity, activityId } = one;
  const [name, there] = await Promise.all([activityId === undefined ? activity : nameOf(activityId), entryOf(date, activity)]);
  if (name === activity) return { activity, there };
  if (name === null) return there && { activity, there };
  return { activity: name, there: await entryOf(date, name) };
}

/**
 * @param {number} id
 * @returns {Promise<string | null>}
 */
async function nameOf(id) {
  try {
    return (await ask("GET", `activities/${id}`)).name;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/**
 * Return whether the change would overwrite what the person has not seen. Whoever changes the value alone leaves
 * the note to others, and the other way round.
 * @param {EntryChange | NoEntryChange} one
 * @param {Mark | null} there
 */
function collides(one, there) {
  const { base } = one;
  if (isSame(there, base)) return false;
  if (one.kind === "no-entry" || base === null || there === null) return true;
  return differs(one.value, base.value, there.value) || differs(one.note, base.note, there.note);
}

/**
 * Return whether two have changed the same to different ends.
 * @template T
 * @param {T} mine
 * @param {T} before
 * @param {T} theirs
 */
function differs(mine, before, theirs) {
  return mine !== before && theirs !== before && theirs !== mine;
}

/**
 * @param {EntryChange} one
 * @param {string} activity
 * @param {Standing | null} there
 */
function writing({ date, value, note, base }, activity, there) {
  if (there === null || there.user_id === null) return { method: "POST", path: "add_entry", body: { date, activity, value, note } };
  const body = note === base?.note ? { value } : value === base?.value ? { note } : { value, note };
  return { method: "PATCH", path: `entries/${there.id}`, body };
}

/** @param {Standing | null} there */
function removing(there) {
  return there && { method: "DELETE", path: `entries/${there.id}` };
}

/**
 * Write down what became of a change; return whether it was still there, and no other had taken its place.
 * @param {Waiting} one
 */
async function put(one) {
  return change(async (store, wait) => {
    const there = await wait(store.get(one.seq));
    if (there?.key !== one.key) return false;
    await wait(store.put(one));
    return true;
  });
}

/**
 * @param {ApiError} error
 * @param {Waiting} one
 */
function isLaterOn(error, one) {
  if (error.status === 401 || error.code === "invalid_csrf") return true;
  if (error.status === 500) return one.attempts < MOST_FAILURES;
  return isPassing(error);
}

/**
 * Return what stands on the day now.
 * @param {string} date
 * @param {string} activity
 * @returns {Promise<Standing | null>}
 */
async function entryOf(date, activity) {
  return ownEntry(await ask("GET", entriesPath(date, activity)), activity);
}

/**
 * Return the activity's entry among those that were told: the person's own before a shared one.
 * @param {any[]} entries
 * @param {string} activity
 * @returns {Standing | null}
 */
export function ownEntry(entries, activity) {
  const found = entries.filter((one) => one.activity === activity);
  return found.find((one) => one.user_id !== null) ?? found[0] ?? null;
}

/**
 * Return where the entries of an activity on a day are; those of others can be among them.
 * @param {string} date
 * @param {string} activity
 */
export function entriesPath(date, activity) {
  return `entries?start_date=${date}&end_date=${date}&activity=${encodeURIComponent(activity)}`;
}

/**
 * @param {EntryChange | NoEntryChange} one
 * @returns {Mark | null}
 */
function wanted(one) {
  return one.kind === "entry" ? { value: one.value, note: one.note } : null;
}

/**
 * @param {Mark | null} one
 * @param {Mark | null} other
 */
function isSame(one, other) {
  return one?.value === other?.value && (one?.note ?? "") === (other?.note ?? "");
}
