// @ts-check
/** Who uses the page. The session itself is a cookie that no script can read. */

import { ApiError, NoAnswer, ask, credentials } from "./api.js";
import { signal } from "./signals.js";
import { forget, keep, kept } from "./storage.js";

/**
 * @typedef {{id: number, username: string, display_name: string, is_admin: boolean, created_at: string,
 *   timezone: string, day_start: string}} User
 */

/**
 * `starting` until it is known, `out` for nobody, `in` for somebody, `ended` for somebody who reads and marks
 * what is kept, and must log in again to send it, `elsewhere` while another tab logs somebody in: whoever is here
 * keeps what they see and typed, and asks for nothing.
 * @typedef {{status: "starting" | "out" | "in" | "ended" | "elsewhere", user: User | null}} State
 */

/** @type {import("./signals.js").Signal<State>} */
export const session = signal(/** @type {State} */ ({ status: "starting", user: null }));

const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("mosaic-session");
const LAST = "last-user";
const SOON_MS = 10_000;
const LONGEST_LOGIN_MS = 60_000;

/** Return whose page this is; there is somebody wherever a page of a signed-in user is shown. */
export function currentUser() {
  const { user } = session.get();
  if (user === null) throw new Error("Nobody is logged in");
  return user;
}

/** Begin with who was here last, and find out whom the server knows; what it cannot tell now changes nothing. */
export async function start() {
  const last = await kept("facts", LAST);
  if (last !== undefined) session.set({ status: "in", user: last.user });
  await find(last?.user ?? null);
}

/**
 * Find out whom the server knows; what it cannot tell now leaves who is here.
 * @param {User | null} here
 */
async function find(here) {
  try {
    await refresh();
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof ApiError)) throw error;
    if (here === null) session.set({ status: "out", user: null });
    else if (isRefusal(error)) session.set({ status: "ended", user: here });
    else if (session.get().status === "elsewhere") session.set({ status: "in", user: here });
  }
}

/** @param {Error} error */
function isRefusal(error) {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}

/** Ask the server whose session this is, and for the token that changes carry. */
async function refresh() {
  const told = await ask("GET", "app/session", { timeout: SOON_MS });
  credentials.csrf = told.csrf_token;
  await welcome(told.user);
}

/** @param {User} user */
async function welcome(user) {
  const before = session.get().user;
  if (before !== null && before.id !== user.id) {
    location.reload();
    throw new NoAnswer();
  }
  session.set({ status: "in", user });
  await keep("facts", LAST, { user });
}

/**
 * Log in. Other tabs ask nothing meanwhile, so that no answer to one person is taken for another's.
 * @param {string} username
 * @param {string} password
 */
export async function logIn(username, password) {
  tabs?.postMessage("begins");
  try {
    const told = await ask("POST", "login", { body: { username, password, cookie: true } });
    credentials.csrf = told.csrf_token;
    const before = session.get().user;
    if (before !== null && before.id !== told.user_id) session.set({ status: "out", user: null });
    await refresh();
  } finally {
    tabs?.postMessage("done");
  }
}

/**
 * Make an account, in the time zone of this browser, and log in.
 * @param {{username: string, password: string, display_name?: string}} account
 */
export async function makeAccount(account) {
  await ask("POST", "register", { body: account });
  await logIn(account.username, account.password);
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!timezone) return;
  try {
    await changeUser({ timezone });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/**
 * Change the account, and show what became of it.
 * @param {Record<string, unknown>} change
 */
export async function changeUser(change) {
  const told = await ask("PATCH", "user", { body: change });
  session.set({ status: "in", user: told.user });
  await keep("facts", LAST, { user: told.user });
}

/** Log out, and forget what this browser has kept for the user, but for changes that were not sent. */
export async function logOut() {
  const user = currentUser();
  try {
    await ask("POST", "logout");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
  await forgetUser(user.id);
  tabs?.postMessage("out");
  location.reload();
}

/**
 * @param {number} userId
 */
export async function forgetUser(userId) {
  await forget("facts", LAST);
  await forget("answers", IDBKeyRange.bound([userId], [userId, []]));
}

credentials.refresh = refresh;
credentials.ended = () => {
  const { user } = session.get();
  if (user !== null) session.set({ status: "ended", user });
};

if (tabs !== null) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  tabs.onmessage = ({ data }) => {
    const { user } = session.get();
    clearTimeout(waiting);
    if (data === "begins") {
      session.set({ user, status: "elsewhere" });
      waiting = setTimeout(() => void find(user), LONGEST_LOGIN_MS); // that tab may be closed before it is done
    } else if (data === "done" && user !== null) void find(user);
    else location.reload();
  };
}
