// @ts-check
/** One day of one habit, to be put right. */

import { useAnswer } from "../answers.js";
import { dayText } from "../dates.js";
import { kindOf } from "../habits.js";
import { html, useState } from "../html.js";
import { readNumber, writeNumber, wrongNumber } from "../numbers.js";
import { add, entriesPath, isOf, ownEntry, unseen } from "../outbox.js";
import { isDone } from "../overlay.js";
import { useSignal } from "../signals.js";
import { t } from "../texts.js";
import { sayFailed } from "../toasts.js";
import { Dialog } from "./dialog.js";
import { Field } from "./field.js";
import { targetText } from "./schedule_text.js";

/** @typedef {import("../habits.js").Activity} Activity */
/** @typedef {import("../overlay.js").Day} Day */

/**
 * Nothing can be saved over an entry whose note is not known: it would be lost.
 * @param {{habit: Activity, day: Day, onClose: () => void}} props
 */
export function DayDialog({ habit, day, onClose }) {
  const { note: before, isKnown, isUnreachable } = useNote(habit, day);
  const [typed, setTyped] = useState(day.value === null ? "" : writeNumber(day.value));
  const [written, setNote] = useState(/** @type {string | null} */ (null));
  const [wrong, setWrong] = useState(/** @type {string | null} */ (null));
  const note = written?.trim() ?? before;
  const base = day.value === null ? null : { value: day.value, note: before };
  const common = { date: day.date, activity: habit.name, activityId: habit.id, base };
  /** @param {import("../outbox.js").Change} change */
  async function put(change) {
    try {
      await add(change);
      onClose();
    } catch (error) {
      sayFailed(error);
    }
  }
  /** @param {number} value */
  async function mark(value) {
    if (value === day.value && note === before) onClose();
    else await put({ kind: "entry", value, note, ...common });
  }
  const isCheck = kindOf(habit) === "check";
  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    if (!isKnown) return;
    const value = isCheck ? (day.value ?? 0) : readNumber(typed);
    if (value === null) setWrong(wrongNumber());
    else void mark(value);
  }
  return html`<${Dialog} title=${dayText(day.date, { dateStyle: "full" })} onClose=${onClose}>
    <form onSubmit=${submit}>
      <p class="soft" dir="auto">${habit.name}${isCheck ? "" : ` · ${targetText(habit)}`}</p>
      ${isUnreachable && html`<p class="notice">${t("day.unseen")}</p>`}
      ${!isCheck &&
      html`<${Field}
        label=${t("day.value", { unit: habit.unit })}
        inputmode="decimal"
        wrong=${wrong}
        value=${typed}
        onInput=${(/** @type {any} */ event) => {
          setTyped(event.target.value);
          setWrong(null);
        }}
      />`}
      <${Field}
        label=${t("habit.note")}
        hint=${isCheck && day.value === null ? t("habit.note.hint") : undefined}
        maxlength="100"
        dir="auto"
        disabled=${!isKnown}
        value=${written ?? before}
        onInput=${(/** @type {any} */ event) => setNote(event.target.value)}
      />
      <div class="actions">
        ${day.value !== null &&
        html`<button type="button" class="plain apart" disabled=${!isKnown} onClick=${() => put({ kind: "no-entry", ...common })}>
          ${t("habit.clear")}
        </button>`}
        <button type="button" onClick=${onClose}>${t("cancel")}</button>
        ${isCheck
          ? html`<button type="button" disabled=${!isKnown} onClick=${() => mark(0)}>${t("day.not")}</button>
              <button type="button" class="primary" disabled=${!isKnown} onClick=${() => mark(doneValue(habit, day))}>${t("day.done")}</button>`
          : html`<button class="primary" disabled=${!isKnown}>${t("save")}</button>`}
      </div>
    </form>
  <//>`;
}

/**
 * Return the note of a day as it will be once what waits has been sent, and whether it is known.
 * @param {Activity} habit
 * @param {Day} day
 * @returns {{note: string, isKnown: boolean, isUnreachable: boolean}}
 */
function useNote(habit, day) {
  const { data, error } = useAnswer(entriesPath(day.date, habit.name));
  const waiting = useSignal(unseen).findLast(
    (one) => one.kind !== "request" && one.stopped === null && one.date === day.date && isOf(one, habit),
  );
  const entry = data && ownEntry(data, habit.name);
  const isKnown = data !== undefined || waiting !== undefined || (error !== null && day.value === null);
  const said = waiting?.kind === "entry" ? waiting : waiting === undefined ? entry : undefined;
  return { note: said?.note ?? "", isKnown, isUnreachable: error !== null && !isKnown };
}

/**
 * Return what makes a day done: its number, if that does.
 * @param {Activity} habit
 * @param {Day} day
 */
function doneValue(habit, { value }) {
  return value !== null && isDone(habit, value) ? value : 1;
}
