// @ts-check
/** A habit on a day: what it is, how it stands, and what one does with it. */

import { isOver, kindOf } from "../habits.js";
import { html, memo, useId, useLayoutEffect, useRef, useState } from "../html.js";
import { Icon } from "../icons.js";
import { plus, readNumber, writeNumber, wrongNumber } from "../numbers.js";
import { isDone } from "../overlay.js";
import { to } from "../router.js";
import { number, percent, t } from "../texts.js";
import { Field } from "./field.js";
import { scheduleText, targetText } from "./schedule_text.js";

/** @typedef {import("../overlay.js").Item} Item */
/** @typedef {import("../outbox.js").Mark} Mark */

const LONGEST_NOTE = 100;
const [SHORTEST, LONGEST] = [5, 16];
/** @type {Record<string, string>} */
const SIGNS = { done: "check", missed: "cross", paused: "pause", over: "cross" };

/**
 * @typedef {{item: Item, date: string, onMark: (item: Item, date: string, mark: Mark | null) => void}} RowProps
 */
export const HabitRow = memo((/** @type {RowProps} */ { item, date, onMark: onMarkOf }) => {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const opener = useRef(/** @type {HTMLElement | null} */ (null));
  const kind = kindOf(item);
  const state = isOver(item, item.value) ? "over" : (item.state ?? "none");
  /** @param {Mark | null} mark */
  const onMark = (mark) => onMarkOf(item, date, mark);
  function close() {
    setOpen(false);
    opener.current?.focus();
  }
  return html`<li class="habit ${kind} is-${state}">
    <${Mark} item=${item} kind=${kind} state=${state} onMark=${onMark} />
    <div class="habit-text">
      <h2 id=${id} dir="auto">
        ${item.activity_id > 0 ? html`<a href=${to("history", item.activity_id)}>${item.name}</a>` : item.name}
      </h2>
      <p class="small soft facts"><${Facts} item=${item} kind=${kind} /></p>
      ${item.note && html`<p class="note small" dir="auto">${item.note}</p>`}
    </div>
    ${kind !== "check" && html`<${Stepper} item=${item} onMark=${onMark} />`}
    <button
      ref=${opener}
      class="plain round more-button"
      aria-expanded=${isOpen ? "true" : "false"}
      aria-label=${t("habit.more", { name: item.name })}
      onClick=${() => setOpen(!isOpen)}
    >
      <${Icon} name="note" />
    </button>
    ${isOpen && html`<${More} item=${item} onMark=${onMark} onClose=${close} />`}
  </li>`;
});

/**
 * The one tap.
 * @param {{item: Item, kind: string, state: NonNullable<Item["state"]> | "none" | "over",
 *   onMark: (mark: Mark | null) => void}} props
 */
function Mark({ item, kind, state, onMark }) {
  const isKept = state === "done";
  const name = SIGNS[state];
  const said = t(`state.${state}`);
  return html`<button
    class="mark"
    aria-pressed=${isKept ? "true" : "false"}
    aria-label=${t("habit.mark", { name: item.name, state: said })}
    title=${said}
    onClick=${() => onMark(tapped(item, kind, isKept))}
  >
    ${name && html`<${Icon} name=${name} />`}
  </button>`;
}

/**
 * Return what one tap makes of a day: done, or, if it was, as if nothing had been said. A note stays.
 * @param {Item} item
 * @param {string} kind
 * @param {boolean} isKept
 * @returns {Mark | null}
 */
function tapped(item, kind, isKept) {
  const note = item.note ?? "";
  if (isKept) return note === "" || kind === "limit" ? null : { value: 0, note };
  if (kind === "limit") return { value: Math.min(0, item.target?.value ?? 0), note };
  return { value: item.target?.value ?? 1, note };
}

/** @param {{item: Item, kind: string}} props */
function Facts({ item, kind }) {
  const parts = [
    isOver(item, item.value)
      ? html`<span class="over-text">${overText(item)}</span>`
      : kind !== "check" && html`<span>${targetText(item)}</span>`,
    item.schedule.kind === "times" && item.needed > 0 && html`<span>${t("habit.of", { n: item.done, needed: item.needed, per: perText(item.schedule) })}</span>`,
    (item.schedule.kind === "times" ? item.needed === 0 : item.schedule.kind !== "daily") && html`<span>${scheduleText(item.schedule)}</span>`,
    item.state === "paused" && html`<span class="paused-text">${t("state.paused")}</span>`,
    item.streak.current > 0 && html`<span class="streak"><${Icon} name="flame" />${t(`streak.${item.streak.unit}`, { n: item.streak.current })}</span>`,
    item.strength > 0 && html`<span class="strength" title=${t("habit.strength.about")}><span class="strength-bar" aria-hidden="true"><span style=${{ width: `${item.strength * 100}%` }}></span></span>${t("habit.strength", { share: percent(item.strength) })}</span>`,
    item.origin === "rule" && html`<span>${t("habit.rule")}</span>`,
    item.isWaiting && html`<span class="waits" title=${t("habit.waits")}><${Icon} name="outbox" /><span class="unseen">${t("habit.waits")}</span></span>`,
  ];
  return parts.filter(Boolean);
}

/** @param {Item} item */
function overText({ value, target, unit }) {
  return t("target.over", { value: value ?? 0, most: target?.value ?? 0, unit }).trim();
}

/** @param {{per: string | number}} schedule */
function perText({ per }) {
  return typeof per === "number" ? t("per.days", { n: per }) : t(per === "week" ? "per.week" : "per.month");
}

/** A number, stepped or typed. @param {{item: Item, onMark: (mark: Mark | null) => void}} props */
function Stepper({ item, onMark }) {
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const [isWrong, setWrong] = useState(false);
  const id = useId();
  const value = item.value ?? 0;
  const shown = typed ?? (item.value === null ? "" : writeNumber(item.value));
  const step = stepOf(item);
  /** @param {string | null} text */
  function type(text) {
    setTyped(text);
    setWrong(false);
  }
  /** @param {number} next */
  function put(next) {
    type(null);
    if (next !== item.value) onMark({ value: next, note: item.note ?? "" });
  }
  function finish() {
    if (typed === null) return;
    const next = readNumber(typed);
    if (next !== null) put(next);
    else if (typed.trim() === "") type(null);
    else setWrong(true);
  }
  return html`<div class="stepper" role="group" aria-label=${t("habit.value", { name: item.name })}>
    <button class="round" aria-label=${t("habit.less", { name: item.name, step: number(step) })} disabled=${value <= 0} onClick=${() => put(Math.max(0, plus(value, -step)))}>
      <${Icon} name="minus" />
    </button>
    <input
      inputmode="decimal"
      aria-label=${t("habit.value.unit", { name: item.name, unit: item.unit })}
      aria-invalid=${isWrong ? "true" : undefined}
      aria-describedby=${isWrong ? id : undefined}
      style=${{ width: `${Math.min(Math.max(shown.length, SHORTEST), LONGEST) + 1.5}ch` }}
      value=${shown}
      placeholder="–"
      onFocus=${(/** @type {any} */ event) => event.target.select()}
      onInput=${(/** @type {any} */ event) => type(event.target.value)}
      onBlur=${finish}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Enter") finish();
        if (event.key === "Escape") type(null);
      }}
    />
    <button class="round" aria-label=${t("habit.more.of", { name: item.name, step: number(step) })} onClick=${() => put(plus(value, step))}>
      <${Icon} name="plus" />
    </button>
    ${isWrong && html`<span class="wrong" id=${id} role="alert">${wrongNumber()}</span>`}
  </div>`;
}

/**
 * Return by how much one tap changes a number: about a tenth of a large target, else one.
 * @param {Item} item
 */
function stepOf(item) {
  const target = item.target?.value ?? 0;
  if (target < 20) return 1;
  const size = 10 ** Math.floor(Math.log10(target / 10));
  return target / 10 >= 5 * size ? 5 * size : size;
}

/**
 * The note, and what is rarer. Where a day's number is asked for too: the 0 that a note alone would bring is a habit kept.
 * @param {{item: Item, onMark: (mark: Mark | null) => void, onClose: () => void}} props
 */
function More({ item, onMark, onClose }) {
  const [note, setNote] = useState(item.note ?? "");
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState(/** @type {string | null} */ (null));
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const asksNumber = item.value === null && isDone(item, 0);
  useLayoutEffect(() => form.current?.querySelector("input")?.focus(), []);
  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    const text = note.trim();
    const isChanged = text !== (item.note ?? "");
    const value = asksNumber ? readNumber(typed) : (item.value ?? 0);
    if (value === null && (isChanged || typed.trim() !== "")) {
      setWrong(wrongNumber());
      return;
    }
    if (value !== null && (isChanged || asksNumber)) onMark({ value, note: text });
    onClose();
  }
  return html`<form
    ref=${form}
    class="habit-more"
    onSubmit=${submit}
    onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") onClose();
    }}
  >
    <${Field}
      label=${t("habit.note")}
      hint=${item.value === null && !asksNumber ? t("habit.note.hint") : undefined}
      maxlength=${LONGEST_NOTE}
      dir="auto"
      value=${note}
      onInput=${(/** @type {any} */ event) => setNote(event.target.value)}
    />
    ${asksNumber &&
    html`<${Field}
      label=${t("habit.note.number")}
      hint=${t("habit.note.number.hint")}
      inputmode="decimal"
      wrong=${wrong}
      value=${typed}
      onInput=${(/** @type {any} */ event) => {
        setTyped(event.target.value);
        setWrong(null);
      }}
    />`}
    <div class="actions">
      ${item.value !== null && html`<button type="button" class="apart plain" onClick=${() => onMark(null)}>${t("habit.clear")}</button>`}
      <button type="button" onClick=${onClose}>${t("cancel")}</button>
      <button class="primary">${t("save")}</button>
    </div>
  </form>`;
}
