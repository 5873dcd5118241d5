// @ts-check
/** Two activities become one: where everything goes, what becomes of days that both have, and whether that is meant. */

import { renew } from "../answers.js";
import { newKey } from "../api.js";
import { html, useLayoutEffect, useRef, useState } from "../html.js";
import { isOf, outbox } from "../outbox.js";
import { t } from "../texts.js";
import { say } from "../toasts.js";
import { change } from "./changes.js";
import { Dialog, useAction } from "./dialog.js";
import { Field } from "./field.js";
import { Options, saidIn } from "./forms.js";
import { Failure } from "./states.js";

/** @typedef {import("../habits.js").Activity} Activity */
/** @typedef {"add" | "keep" | "replace"} Meeting what becomes of days on which both have an entry */
/** @typedef {{into: string, meeting: Meeting}} Wanted */

const MEETINGS = /** @type {const} */ (["add", "keep", "replace"]);

/**
 * Return with which of all activities one can be merged: those of the same person and kind.
 * @param {Activity} habit
 * @param {Activity[]} all
 */
export function matchesOf(habit, all) {
  return all.filter((one) => one.id !== habit.id && one.user_id === habit.user_id && one.activity_type === habit.activity_type);
}

/**
 * @param {{habit: Activity, matches: Activity[], onClose: () => void}} props
 */
export function MergeDialog({ habit, matches, onClose }) {
  const [wanted, setWanted] = useState(/** @type {Wanted} */ ({ into: "", meeting: "add" }));
  const [isChosen, setChosen] = useState(false);
  const next = useRef(/** @type {HTMLElement | null} */ (null));
  const into = matches.find((one) => String(one.id) === wanted.into);
  /** @param {Wanted} said */
  function choose(said) {
    setWanted(said);
    setChosen(true);
  }
  function finish() {
    next.current = document.getElementById("main");
    onClose();
  }
  return html`<${Dialog} title=${t("merge.title", { name: habit.name })} onClose=${onClose} next=${next}>
    ${isChosen && into !== undefined
      ? html`<${Confirm} habit=${habit} into=${into} meeting=${wanted.meeting} onBack=${() => setChosen(false)} onDone=${finish} />`
      : html`<${Choose} habit=${habit} matches=${matches} wanted=${wanted} onChoose=${choose} onClose=${onClose} />`}
  <//>`;
}

/**
 * @param {{habit: Activity, matches: Activity[], wanted: Wanted, onChoose: (wanted: Wanted) => void,
 *   onClose: () => void}} props
 */
function Choose({ habit, matches, wanted, onChoose, onClose }) {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  useLayoutEffect(() => form.current?.querySelector("select")?.focus(), []);
  const { name, user_id } = habit;
  return html`<form ref=${form} onSubmit=${(/** @type {Event} */ event) => onChoose(/** @type {Wanted} */ (saidIn(event)))}>
    <p>${t("merge.text", { name })}</p>
    ${user_id === null && html`<p class="notice">${t("merge.shared")}</p>`}
    <${Field} label=${t("merge.into")} control="select" name="into" required>
      <${Options} choices=${[["", t("merge.choose")], ...matches.map((one) => [String(one.id), labelOf(one)])]} chosen=${wanted.into} />
    <//>
    <fieldset>
      <legend>${t("merge.meeting")}</legend>
      ${MEETINGS.map(
        (one) => html`<label key=${one} class="choice">
          <input type="radio" name="meeting" value=${one} defaultChecked=${one === wanted.meeting} />
          <span>${t(`merge.${one}`, { name })}</span>
        </label>`,
      )}
    </fieldset>
    <div class="actions">
      <button type="button" onClick=${onClose}>${t("cancel")}</button>
      <button class="primary">${t("merge.next")}</button>
    </div>
  </form>`;
}

/** @param {Activity} activity */
function labelOf({ name, active }) {
  return active === 1 ? name : t("merge.archived", { name });
}

/**
 * What will happen, before it does. The focus goes there, so that it is read out. Whoever got no answer asks again for
 * the same, which may have been done; what is refused may be gone, so all is looked at again. Entries that still wait to
 * be sent would find their activity gone.
 * @param {{habit: Activity, into: Activity, meeting: Meeting, onBack: () => void, onDone: () => void}} props
 */
function Confirm({ habit, into, meeting, onBack, onDone }) {
  const { isBusy, error, run } = useAction();
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const key = useRef(newKey());
  const names = { name: habit.name, into: into.name };
  useLayoutEffect(() => place.current?.focus(), []);
  async function asked() {
    const body = { into: into.id, on_conflict: meeting };
    try {
      return await change("POST", `activities/${habit.id}/merge`, body, key.current);
    } catch (error) {
      void renew();
      throw error;
    }
  }
  async function merge() {
    if (outbox.get().some((one) => isOf(one, habit))) throw new Error(t("merge.waits", names));
    const told = await asked();
    say([t("merge.moved", { n: told.moved, into: into.name }), told.merged > 0 && t("merge.met", { n: told.merged })].filter(Boolean).join(" "));
    onDone();
  }
  return html`<div ref=${place} class="stack" tabindex="-1">
      <p>${t("merge.sure", names)}</p>
      <p>${t(`merge.sure.${meeting}`, names)}</p>
    </div>
    ${error && html`<${Failure} error=${error} />`}
    <div class="actions">
      <button type="button" onClick=${onBack}>${t("merge.back")}</button>
      <button type="button" class="danger" disabled=${isBusy} onClick=${() => run(merge)}>${t("merge.do")}</button>
    </div>`;
}
