// @ts-check
/** Today: what is due on a day, and one tap to say that it is done. */

import { useAnswer } from "../answers.js";
import { FIRST_DAY, LAST_DAY, addDays, dayText, isDay, spokenDay, todayOf } from "../dates.js";
import { isDue } from "../habits.js";
import { Fragment, html, useEffect, useMemo, useRef, useState } from "../html.js";
import { Icon } from "../icons.js";
import { add, unseen } from "../outbox.js";
import { activityOf, agendaWith, withMark } from "../overlay.js";
import { Question } from "../parts/dialog.js";
import { useGrowing } from "../parts/growing.js";
import { Missing, Old } from "../parts/states.js";
import { HabitRow } from "../parts/habit_row.js";
import { go, to } from "../router.js";
import { currentUser } from "../session.js";
import { useSignal } from "../signals.js";
import { number, t } from "../texts.js";
import { say, sayFailed } from "../toasts.js";

/** @typedef {import("../overlay.js").Item} Item */
/** @typedef {import("../outbox.js").Mark} Mark */

/** @param {{parts: string[]}} props */
export function Page({ parts }) {
  const today = useToday();
  const date = isDay(parts[0] ?? "") ? parts[0] : today;
  const { data, error, isOld } = useAnswer(`agenda?date=${date}`);
  const waiting = useSignal(unseen);
  const items = useMemo(() => data && agendaWith(data.items, date, waiting), [data, date, waiting]);
  const shown = useSteadyOrder(items, date);
  const drawn = useGrowing(shown.length);
  return html`<${Days} date=${date} today=${today} />
    ${items === undefined
      ? html`<${Missing} error=${error} />`
      : items.length === 0
        ? html`<${Nothing} />`
        : html`<${Fragment}>
            ${isOld && html`<${Old} />`}
            <${Summary} items=${items} date=${date} />
            <ul class="habits">
              ${shown.slice(0, drawn).map((item) => html`<${HabitRow} key=${item.name} item=${item} date=${date} onMark=${set} />`)}
            </ul>
            <${Close} items=${items} date=${date} today=${today} />
          <//>`}`;
}

/** Return the user's today, also when midnight passes while the page is open. */
function useToday() {
  const [today, setToday] = useState(() => todayOf(currentUser()));
  useEffect(() => {
    const look = () => setToday(todayOf(currentUser()));
    const timer = setInterval(look, 30_000);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return today;
}

/**
 * Return the items in the order in which the day was first shown, so that none moves away under a finger.
 * @param {Item[] | undefined} items
 * @param {string} date
 * @returns {Item[]}
 */
function useSteadyOrder(items, date) {
  const order = useRef({ date: "", names: /** @type {string[]} */ ([]) });
  if (items === undefined) return [];
  if (order.current.date !== date) order.current = { date, names: [] };
  const known = new Set(order.current.names);
  order.current.names.push(...items.map((one) => one.name).filter((name) => !known.has(name)));
  const places = new Map(order.current.names.map((name, place) => [name, place]));
  return items.toSorted((one, other) => (places.get(one.name) ?? 0) - (places.get(other.name) ?? 0));
}

/**
 * Mark a habit, and offer to take that back.
 * @param {Item} item
 * @param {string} date
 * @param {Mark | null} mark
 * @param {boolean} [isUndo]
 */
async function set(item, date, mark, isUndo = false) {
  const base = item.value === null ? null : { value: item.value, note: item.note ?? "" };
  const common = ofEntry(item, date, base);
  const isAdded = await addOrTell(
    mark === null ? { kind: "no-entry", ...common } : { kind: "entry", value: mark.value, note: mark.note, ...common },
  );
  if (!isAdded || isUndo) return;
  say(saidOf(item, mark), {
    action: { text: t("undo"), run: () => void set(withMark(item, mark), date, base, true) },
  });
}

/**
 * @param {Item} item
 * @param {string} date
 * @param {Mark | null} base
 */
function ofEntry(item, date, base) {
  const { id, name } = activityOf(item);
  return { date, activity: name, activityId: id, base };
}

/**
 * Write changes down; return whether that went well.
 * @param {...import("../outbox.js").Change} changes
 */
async function addOrTell(...changes) {
  try {
    await add(...changes);
    return true;
  } catch (error) {
    sayFailed(error);
    return false;
  }
}

/**
 * @param {Item} item
 * @param {Mark | null} mark
 */
function saidOf(item, mark) {
  if (mark === null) return t("today.said.none", { name: item.name });
  if (withMark(item, mark).state === "done") return t("today.said.done", { name: item.name });
  return t("today.said.value", { name: item.name, value: number(mark.value), unit: item.unit });
}

/** @param {{date: string, today: string}} props */
function Days({ date, today }) {
  return html`<div class="days">
    <a class="button round-link" href=${to("today", addDays(date, -1))} aria-label=${t("today.before")}><${Icon} name="left" /></a>
    <h1>
      <span>${spokenDay(date, today)}</span>
      <label class="day-picker">
        <span class="unseen">${t("today.pick")}</span>
        <span class="soft day-text" aria-hidden="true">${dayText(date, { day: "numeric", month: "long", year: "numeric" })}</span>
        <input
          type="date"
          value=${date}
          max=${LAST_DAY}
          min=${FIRST_DAY}
          onChange=${(/** @type {any} */ event) => isDay(event.target.value) && go("today", event.target.value)}
        />
      </label>
    </h1>
    <a class="button round-link" href=${to("today", addDays(date, 1))} aria-label=${t("today.after")}><${Icon} name="right" /></a>
    ${date !== today && html`<a class="button" href=${to("today")}>${t("today.back")}</a>`}
  </div>`;
}

/** @param {{items: Item[], date: string}} props */
function Summary({ items, date }) {
  const done = items.filter((one) => one.state === "done").length;
  const due = items.filter((one) => isDue(one, date)).length;
  const paused = items.filter((one) => one.state === "paused").length;
  const all = done + due;
  const share = all === 0 ? 0 : done / all;
  const standing = due > 0 ? t("today.done", { n: done, all }) : t(done > 0 ? "today.all" : "today.free");
  const said = paused === 0 ? standing : `${standing}, ${t("today.paused", { n: paused })}`;
  return html`<div class="summary">
    <div class="meter" role="img" aria-label=${said}>
      <div class="meter-fill" style=${{ width: `${share * 100}%` }}></div>
    </div>
    <p class="small soft" aria-hidden="true">${said}</p>
  </div>`;
}

/** Closing a day: whatever has no entry gets a zero. @param {{items: Item[], date: string, today: string}} props */
function Close({ items, date, today }) {
  const [isAsking, setAsking] = useState(false);
  const open = items.filter((one) => one.value === null);
  const missing = open.length;
  if (missing === 0 || date > today) return null;
  return html`<div class="row">
    <button onClick=${() => setAsking(true)}>${t("today.close")}</button>
    <span class="small soft">${t("today.close.hint", { n: missing })}</span>
    ${isAsking &&
    html`<${Question}
      title=${t("today.close")}
      text=${t("today.close.ask", { n: missing, day: dayText(date) })}
      yes=${t("today.close.do")}
      onYes=${() => close(open, date)}
      onClose=${() => setAsking(false)}
    />`}
  </div>`;
}

/**
 * Close a day, and offer to take the zeros back.
 * @param {Item[]} items that have no entry
 * @param {string} date
 */
async function close(items, date) {
  const day = dayText(date);
  await add({ kind: "request", method: "POST", path: "finalize_day", body: { date }, about: t("today.close.about", { day }) });
  const zeros = items.map((item) => ({ kind: /** @type {const} */ ("no-entry"), ...ofEntry(item, date, { value: 0, note: "" }) }));
  say(t("today.close.said", { day, n: items.length }), {
    action: { text: t("undo"), run: () => void addOrTell(...zeros) },
  });
}

function Nothing() {
  return html`<div class="empty">
    <p>${t("today.nothing")}</p>
    <a class="button primary" href=${to("start")}>${t("today.nothing.do")}</a>
  </div>`;
}
