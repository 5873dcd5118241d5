// @ts-check
/** An activity, made or changed: what it is, when it is wanted, what counts as done. */

import { ApiError } from "../api.js";
import { goalsOf, kindOf } from "../habits.js";
import { html, useId, useLayoutEffect, useRef, useState } from "../html.js";
import { readNumber, writeNumber, wrongNumber } from "../numbers.js";
import { doOrWait } from "../outbox.js";
import { t } from "../texts.js";
import { say } from "../toasts.js";
import { useAction } from "./dialog.js";
import { Field, Segments } from "./field.js";
import { ScheduleEditor, draftOf, scheduleOf } from "./schedule_editor.js";
import { Failure } from "./states.js";

/** @typedef {import("../habits.js").Activity} Activity */

/**
 * @param {{habit: Activity | null, categories: string[], onClose: () => void}} props
 */
export function ActivityForm({ habit, categories, onClose }) {
  const [name, setName] = useState(habit?.name ?? "");
  const [category, setCategory] = useState(habit?.category ?? "");
  const [description, setDescription] = useState(habit?.description ?? "");
  const [kind, setKind] = useState(habit === null ? "check" : kindOf(habit));
  const [amount, setAmount] = useState(habit?.target ? writeNumber(habit.target.value) : "");
  const [unit, setUnit] = useState(habit?.unit ?? "");
  const [draft, setDraft] = useState(() => draftOf(habit?.schedule ?? { kind: "daily" }));
  const [wrong, setWrong] = useState(/** @type {string | null} */ (null));
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const { isBusy, error, run } = useAction();
  const list = useId();
  const isTaken = habit === null && error instanceof ApiError && error.code === "conflict";
  useLayoutEffect(() => {
    if (wrong !== null) /** @type {HTMLElement | null} */ (form.current?.querySelector("[aria-invalid=true]"))?.focus();
  }, [wrong]);
  /** @param {any} event */
  function changeAmount(event) {
    setAmount(event.target.value);
    setWrong(null);
  }
  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    const value = amount.trim() === "" ? null : readNumber(amount);
    const problem = kind === "check" ? null : problemOf(value, amount, kind === "counter", habit?.target?.value);
    setWrong(problem);
    if (problem !== null) return;
    const body = bodyOf({ name: name.trim(), category: category.trim(), description: description.trim(), kind, value, unit: unit.trim(), schedule: scheduleOf(draft) });
    if (await run(() => saved(habit, body))) onClose();
  }
  return html`<form ref=${form} onSubmit=${submit}>
    <${Field} label=${t("activity.name")} wrong=${isTaken ? t("activity.taken") : null} required maxlength="120" dir="auto" value=${name} onInput=${(/** @type {any} */ event) => setName(event.target.value)} />
    <${Field} label=${t("activity.category")} hint=${t("activity.category.hint")} required=${habit === null || habit.category !== ""} maxlength="80" dir="auto" list=${list} autocomplete="off" value=${category} onInput=${(/** @type {any} */ event) => setCategory(event.target.value)} />
    <datalist id=${list}>${categories.filter(Boolean).map((one) => html`<option key=${one} value=${one}></option>`)}</datalist>
    <div class="field">
      <span class="label">${t("activity.kind")}</span>
      <${Segments} label=${t("activity.kind")} value=${kind} choices=${[["check", t("activity.check")], ["counter", t("activity.counter")], ["limit", t("activity.limit")]]} onChoose=${setKind} />
      <span class="hint">${t(`activity.${kind}.hint`)}</span>
    </div>
    ${kind !== "check" &&
    html`<div class="fields">
      <${Field} label=${t(kind === "counter" ? "activity.at_least" : "activity.at_most")} inputmode="decimal" required=${kind === "counter"} placeholder=${kind === "limit" ? "0" : ""} wrong=${wrong} value=${amount} onInput=${changeAmount} />
      <${Field} label=${t("activity.unit")} maxlength="20" dir="auto" placeholder=${t("activity.unit.example")} value=${unit} onInput=${(/** @type {any} */ event) => setUnit(event.target.value)} />
    </div>`}
    <${ScheduleEditor} draft=${draft} onChange=${setDraft} />
    <${Field} label=${t("activity.description")} control="textarea" rows="2" maxlength="180" dir="auto" value=${description} onInput=${(/** @type {any} */ event) => setDescription(event.target.value)} />
    ${error && !isTaken && html`<${Failure} error=${error} />`}
    <div class="actions">
      <button type="button" onClick=${onClose}>${t("cancel")}</button>
      <button class="primary" disabled=${isBusy}>${t("save")}</button>
    </div>
  </form>`;
}

/**
 * Return what is wrong with a target as it was typed, or null. One below zero stays if it was there before.
 * @param {number | null} value
 * @param {string} typed
 * @param {boolean} isRequired
 * @param {number | undefined} before
 */
function problemOf(value, typed, isRequired, before) {
  if (value === null) return isRequired || typed.trim() !== "" ? wrongNumber() : null;
  return value < 0 && value !== before ? t("activity.below") : null;
}

/**
 * @param {{name: string, category: string, description: string, kind: "check" | "counter" | "limit",
 *   value: number | null, unit: string, schedule: any}} form
 */
function bodyOf({ name, category, description, kind, value, unit, schedule }) {
  const target = kind === "check" || value === null ? null : { kind: kind === "counter" ? "at_least" : "at_most", value };
  return {
    name,
    category,
    description,
    activity_type: kind === "limit" ? "negative" : "positive",
    schedule,
    target,
    unit: kind === "check" ? "" : unit,
  };
}

/**
 * @param {Activity | null} habit
 * @param {any} body
 */
async function saved(habit, body) {
  const goals = goalsOf(body.schedule, body.target);
  if (habit === null) {
    await doOrWait({ kind: "request", method: "POST", path: "add_activity", body: { ...body, ...goals }, about: body.name });
    say(t("activities.said.added", { name: body.name }));
    return;
  }
  const changed = Object.fromEntries(Object.entries(body).filter(([name, value]) => !isSame(value, /** @type {any} */ (habit)[name])));
  const wantsGoals = ["schedule", "target", "activity_type"].some((one) => one in changed);
  const change = wantsGoals ? { ...changed, ...goals } : changed;
  if (Object.keys(change).length === 0) return;
  await doOrWait({ kind: "request", method: "PUT", path: `activities/${habit.id}`, body: change, about: t("activities.edit.of", { name: habit.name }) });
}

/**
 * @param {unknown} one
 * @param {unknown} other
 */
function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
