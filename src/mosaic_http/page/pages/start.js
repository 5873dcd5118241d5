// @ts-check
/** The first habits, to pick from; or a file of another tracker. */

import { ApiError } from "../api.js";
import { goalsOf } from "../habits.js";
import { html, useState } from "../html.js";
import { doOrWait } from "../outbox.js";
import { useAction } from "../parts/dialog.js";
import { scheduleText, targetText } from "../parts/schedule_text.js";
import { Failure } from "../parts/states.js";
import { go, to } from "../router.js";
import { t } from "../texts.js";
import { say } from "../toasts.js";

const DAILY = { kind: "daily" };
/** @param {number} times */
const weekly = (times) => ({ kind: "times", times, per: "week" });
/** @param {number} value */
const atLeast = (value) => ({ kind: "at_least", value });
/** @param {number} value */
const atMost = (value) => ({ kind: "at_most", value });

/**
 * @typedef {{name: import("../texts.js").Key, schedule: any, target?: any, unit?: import("../texts.js").Key,
 *   isNegative?: boolean}} Offer
 */
/** @type {[import("../texts.js").Key, Offer[]][]} */
const OFFERS = [
  [
    "start.health",
    [
      { name: "start.habit.walk", schedule: DAILY },
      { name: "start.habit.sport", schedule: weekly(3) },
      { name: "start.habit.water", schedule: DAILY, target: atLeast(8), unit: "unit.glasses" },
      { name: "start.habit.vegetables", schedule: DAILY },
      { name: "start.habit.sleep", schedule: { kind: "weekdays", days: ["mon", "tue", "wed", "thu", "sun"] } },
    ],
  ],
  [
    "start.mind",
    [
      { name: "start.habit.read", schedule: DAILY, target: atLeast(20), unit: "unit.pages" },
      { name: "start.habit.meditate", schedule: DAILY, target: atLeast(10), unit: "unit.minutes" },
      { name: "start.habit.learn", schedule: weekly(5) },
    ],
  ],
  [
    "start.home",
    [
      { name: "start.habit.tidy", schedule: { kind: "every", days: 2 } },
      { name: "start.habit.call", schedule: weekly(1) },
    ],
  ],
  [
    "start.less",
    [
      { name: "start.habit.sweets", schedule: DAILY, target: atMost(1), unit: "unit.pieces", isNegative: true },
      { name: "start.habit.alcohol", schedule: DAILY, isNegative: true },
      { name: "start.habit.screen", schedule: DAILY, target: atMost(120), unit: "unit.minutes", isNegative: true },
    ],
  ],
];

export function Page() {
  const [picked, setPicked] = useState(/** @type {Offer[]} */ ([]));
  const { isBusy, error, run } = useAction();
  /** @param {Offer} offer */
  const toggle = (offer) =>
    setPicked(picked.includes(offer) ? picked.filter((one) => one !== offer) : [...picked, offer]);
  async function addAll() {
    /** @type {string[]} */
    const known = [];
    const went = await run(async () => {
      for (const [category, offers] of OFFERS) {
        for (const offer of offers) if (picked.includes(offer)) known.push(...(await added(request(category, offer))));
      }
    });
    if (!went) return;
    if (known.length > 0) say(t("start.known", { names: known.join(", ") }), { kind: "failed" });
    go("today");
  }
  return html`<h1>${t("start.title")}</h1>
    <p class="soft">${t("start.text")}</p>
    ${OFFERS.map(
      ([category, offers]) => html`<fieldset key=${category} class="offers">
        <legend>${t(category)}</legend>
        ${offers.map(
          (offer) => html`<label key=${offer.name} class="offer">
            <input type="checkbox" checked=${picked.includes(offer)} onChange=${() => toggle(offer)} />
            <span>${t(offer.name)}<br /><span class="small soft">${about(offer)}</span></span>
          </label>`,
        )}
      </fieldset>`,
    )}
    ${error && html`<${Failure} error=${error} />`}
    <div class="row">
      <button class="primary" disabled=${picked.length === 0 || isBusy} onClick=${addAll}>
        ${t("start.add", { n: picked.length })}
      </button>
      <a class="button" href=${to("today")}>${t("start.skip")}</a>
    </div>
    <section class="card">
      <p>${t("start.import")}</p>
      <div class="row"><a class="button" href=${to("import")}>${t("start.import.do")}</a></div>
    </section>`;
}

/**
 * Add a habit; return its name if there is one of that name already.
 * @param {import("../outbox.js").RequestChange} wanted
 * @returns {Promise<string[]>}
 */
async function added(wanted) {
  try {
    await doOrWait(wanted);
    return [];
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) return [wanted.about];
    throw error;
  }
}

/** @param {Offer} offer */
function about(offer) {
  const unit = offer.unit ? t(offer.unit) : "";
  const habit = { target: offer.target ?? null, activity_type: offer.isNegative ? "negative" : "positive", unit };
  return [targetText(habit), scheduleText(offer.schedule)].filter(Boolean).join(", ");
}

/**
 * @param {import("../texts.js").Key} category
 * @param {Offer} offer
 * @returns {import("../outbox.js").RequestChange}
 */
function request(category, offer) {
  const target = offer.target ?? null;
  const body = {
    name: t(offer.name),
    category: t(category),
    activity_type: offer.isNegative ? "negative" : "positive",
    ...goalsOf(offer.schedule, target),
    schedule: offer.schedule,
    target,
    unit: offer.unit ? t(offer.unit) : "",
  };
  return { kind: "request", method: "POST", path: "add_activity", body, about: body.name };
}
