// @ts-check
/** Activities by category: made, changed, archived, deleted. */

import { useAnswer } from "../answers.js";
import { ACTIVITIES } from "../habits.js";
import { html, useState } from "../html.js";
import { Icon } from "../icons.js";
import { doOrWait, outbox, unseen } from "../outbox.js";
import { activitiesWith } from "../overlay.js";
import { ActivityForm } from "../parts/activity_form.js";
import { Sure } from "../parts/changes.js";
import { Dialog } from "../parts/dialog.js";
import { MergeDialog, matchesOf } from "../parts/merge_dialog.js";
import { scheduleText, targetText } from "../parts/schedule_text.js";
import { Missing, Old } from "../parts/states.js";
import { to } from "../router.js";
import { currentUser } from "../session.js";
import { useSignal } from "../signals.js";
import { t } from "../texts.js";
import { say, sayFailed } from "../toasts.js";

/** @typedef {import("../habits.js").Activity} Activity */

export function Page() {
  const { data, error, isOld } = useAnswer(ACTIVITIES);
  const [edited, setEdited] = useState(/** @type {Activity | "new" | null} */ (null));
  const [merged, setMerged] = useState(/** @type {Activity | null} */ (null));
  const waiting = useSignal(unseen);
  if (data === undefined) return html`<${Missing} error=${error} />`;
  const habits = activitiesWith(data, waiting);
  const archived = habits.filter((one) => one.active !== 1);
  const categories = [...new Set(habits.map((one) => one.category))];
  const close = () => setEdited(null);
  return html`<div class="head">
      <h1>${t("activities.title")}</h1>
      <button class="primary" onClick=${() => setEdited("new")}><${Icon} name="plus" />${t("activities.add")}</button>
    </div>
    ${isOld && html`<${Old} />`}
    <${Waiting} />
    ${habits.length === 0 &&
    html`<div class="empty">
      <p>${t("today.nothing")}</p>
      <a class="button" href=${to("start")}>${t("today.nothing.do")}</a>
    </div>`}
    ${categories.map((category) => html`<${Category} key=${category} category=${category} all=${habits} onEdit=${setEdited} onMerge=${setMerged} />`)}
    ${archived.length > 0 &&
    html`<section class="stack">
      <h2>${t("activities.archived")}</h2>
      <ul class="list">
        ${archived.map((one) => html`<${Archived} key=${one.id} habit=${one} all=${habits} onMerge=${setMerged} />`)}
      </ul>
    </section>`}
    ${edited !== null &&
    html`<${Dialog} title=${t(edited === "new" ? "activities.add" : "activities.edit")} onClose=${close}>
      <${ActivityForm} habit=${edited === "new" ? null : edited} categories=${categories} onClose=${close} />
    <//>`}
    ${merged !== null &&
    html`<${MergeDialog} habit=${merged} matches=${matchesOf(merged, habits)} onClose=${() => setMerged(null)} />`}`;
}

/** Activities that were made without a network. */
function Waiting() {
  const made = useSignal(outbox).filter((one) => one.kind === "request" && one.path === "add_activity");
  if (made.length === 0) return null;
  return html`<ul class="list">
    ${made.map((one) => html`<li key=${one.key}><span dir="auto">${one.kind === "request" && one.about}</span> <span class="small soft">${t("habit.waits")}</span></li>`)}
  </ul>`;
}

/** @typedef {{all: Activity[], onMerge: (habit: Activity) => void}} Merging */

/** @param {{category: string, onEdit: (habit: Activity) => void} & Merging} props */
function Category({ category, all, onEdit, onMerge }) {
  const habits = all.filter((one) => one.category === category && one.active === 1);
  if (habits.length === 0) return null;
  return html`<section class="stack">
    <h2 dir="auto">${category || t("category.none")}</h2>
    <ul class="list">
      ${habits.map((one) => html`<${Row} key=${one.id} habit=${one} all=${all} onEdit=${onEdit} onMerge=${onMerge} />`)}
    </ul>
  </section>`;
}

/** @param {{habit: Activity, onEdit: (habit: Activity) => void} & Merging} props */
function Row({ habit, all, onEdit, onMerge }) {
  const about = [targetText(habit), scheduleText(habit.schedule)].filter(Boolean).join(", ");
  return html`<li class="activity">
    <div class="activity-text">
      <h3 dir="auto"><a href=${to("history", habit.id)}>${habit.name}</a></h3>
      <p class="small soft" dir="auto">${about}</p>
      ${habit.description && html`<p class="small soft clamp" dir="auto">${habit.description}</p>`}
    </div>
    ${isOwn(habit) &&
    html`<div class="row">
      <button aria-label=${t("activities.edit.of", { name: habit.name })} onClick=${() => onEdit(habit)}>${t("edit")}</button>
      <${Merge} habit=${habit} all=${all} onMerge=${onMerge} />
      <button
        class="plain"
        aria-label=${t("activities.archive.of", { name: habit.name })}
        onClick=${() => setActive(habit, false, true)}
      >
        ${t("activities.archive")}
      </button>
    </div>`}
  </li>`;
}

/** @param {Activity} habit */
function isOwn(habit) {
  return habit.user_id !== null || currentUser().is_admin;
}

/**
 * @param {Activity} habit
 * @param {boolean} isActive
 * @param {boolean} canUndo
 */
async function setActive(habit, isActive, canUndo) {
  const path = `activities/${habit.id}/${isActive ? "activate" : "deactivate"}`;
  try {
    const about = t(isActive ? "activities.restored" : "activities.said.archived", { name: habit.name });
    await doOrWait({ kind: "request", method: "PATCH", path, body: undefined, about });
    say(about, canUndo ? { action: { text: t("undo"), run: () => void setActive(habit, !isActive, false) } } : {});
  } catch (error) {
    sayFailed(error);
  }
}

/** @param {{habit: Activity} & Merging} props */
function Merge({ habit, all, onMerge }) {
  if (matchesOf(habit, all).length === 0) return null;
  return html`<button class="plain" aria-label=${t("activities.merge.of", { name: habit.name })} onClick=${() => onMerge(habit)}>
    ${t("activities.merge")}
  </button>`;
}

/** @param {{habit: Activity} & Merging} props */
function Archived({ habit, all, onMerge }) {
  const about = t("delete.named", { name: habit.name });
  return html`<li class="activity">
    <div class="activity-text">
      <h3 dir="auto"><a href=${to("history", habit.id)}>${habit.name}</a></h3>
    </div>
    ${isOwn(habit) &&
    html`<div class="row">
      <button aria-label=${t("activities.restore.of", { name: habit.name })} onClick=${() => setActive(habit, true, true)}>
        ${t("activities.restore")}
      </button>
      <${Merge} habit=${habit} all=${all} onMerge=${onMerge} />
      <${Sure}
        text=${t("delete")}
        name=${about}
        question=${t("activities.delete.ask")}
        onSure=${() => doOrWait({ kind: "request", method: "DELETE", path: `activities/${habit.id}`, body: undefined, about })}
      />
    </div>`}
  </li>`;
}
