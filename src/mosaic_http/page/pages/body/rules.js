// @ts-check
/** Rules: habits that are filled in from what is measured. A server without rules shows none. */

import { useAnswer } from "../../answers.js";
import { ApiError } from "../../api.js";
import { FIRST_DAY, LAST_DAY, dayText } from "../../dates.js";
import { ACTIVITIES } from "../../habits.js";
import { html, useState } from "../../html.js";
import { readNumber, wrongNumber } from "../../numbers.js";
import { Delete, Switch, change } from "../../parts/changes.js";
import { useAction } from "../../parts/dialog.js";
import { Field } from "../../parts/field.js";
import { Options, saidIn } from "../../parts/forms.js";
import { Failure } from "../../parts/states.js";
import { Told } from "../../parts/told.js";
import { number, t } from "../../texts.js";

/** @typedef {"steps" | "distance_meters" | "calories" | "sleep_minutes" | "hr_avg" | "resting_heart_rate" | "hrv_rmssd_ms"} Metric */
/** @typedef {{id: number, activity: string, metric: Metric, fill: "value" | "check", at_least: number | null,
 *   from: string, enabled: boolean}} Rule */

/** @type {Metric[]} */
const METRICS = ["steps", "distance_meters", "calories", "sleep_minutes", "hr_avg", "resting_heart_rate", "hrv_rmssd_ms"];

/**
 * @param {{today: string}} props
 */
export function Rules({ today }) {
  const rules = useAnswer("rules");
  if (rules.error instanceof ApiError && rules.error.status === 404) return null;
  return html`<section class="card" aria-labelledby="rules">
    <h2 id="rules">${t("rules.title")}</h2>
    <p class="soft">${t("rules.text")}</p>
    <${Told} of=${rules}>
      ${(/** @type {Rule[]} */ list) =>
        html`${list.length > 0 &&
          html`<ul class="items">
            ${list.map((one) => html`<${RuleRow} key=${one.id} rule=${one} />`)}
          </ul>`}
          <details>
            <summary>${t("rules.add")}</summary>
            <${NewRule} taken=${list.map((one) => one.activity)} today=${today} />
          </details>`}
    <//>
  </section>`;
}

/**
 * @param {{rule: Rule}} props
 */
function RuleRow({ rule }) {
  const { id, activity, metric, fill, at_least: atLeast, enabled } = rule;
  const what = t(`rules.metric.${metric}`);
  return html`<li class="item">
    <div class="what">
      <strong dir="auto">${activity}</strong>
      <p>${fill === "value" ? what : t("rules.check", { what, least: number(atLeast ?? 0) })}</p>
      <p class="soft small">${t("rules.since", { day: dayText(rule.from, { dateStyle: "medium" }) })}</p>
      <${Switch} path="rules/${id}" isOn=${enabled} text=${t("rules.enabled")} />
    </div>
    <${Delete} path="rules/${id}" name=${activity} question=${t("rules.sure")} />
  </li>`;
}

/**
 * @param {{taken: string[], today: string}} props
 */
function NewRule({ taken, today }) {
  const activities = useAnswer(ACTIVITIES);
  const [fill, setFill] = useState("check");
  const [wrong, setWrong] = useState(/** @type {string | null} */ (null));
  const { isBusy, error, run } = useAction();
  /** @param {Event} event */
  async function make(event) {
    const { at_least: typed, ...said } = saidIn(event);
    const least = fill === "check" ? readNumber(typed) : undefined;
    const problem = least === null ? wrongNumber() : (least ?? 0) < 0 ? t("activity.below") : null;
    setWrong(problem);
    if (least === null || problem !== null) return;
    const rule = least === undefined ? said : { ...said, at_least: least };
    await run(() => change("POST", "rules", rule));
  }
  /** @type {import("../../habits.js").Activity[]} */
  const active = (activities.data ?? []).filter((/** @type {any} */ one) => one.active === 1);
  const free = active.map((one) => one.name).filter((name) => !taken.includes(name));
  if (activities.data !== undefined && free.length === 0) return html`<p class="soft">${t("rules.nothing")}</p>`;
  return html`<form onSubmit=${make}>
    <div class="fields">
      <${Field} label=${t("rules.activity")} name="activity" control="select" required>
        <${Options} choices=${free.map((name) => [name, name])} />
      <//>
      <${Field} label=${t("rules.metric")} name="metric" control="select">
        <${Options} choices=${METRICS.map((one) => [one, t(`rules.metric.${one}`)])} />
      <//>
      <${Field} label=${t("rules.fill")} name="fill" control="select" onChange=${(/** @type {any} */ event) => setFill(event.target.value)}>
        <${Options} choices=${[["check", t("rules.fill.check")], ["value", t("rules.fill.value")]]} chosen=${fill} />
      <//>
      ${fill === "check" && html`<${Field} label=${t("rules.least")} name="at_least" inputmode="decimal" wrong=${wrong} required />`}
      <${Field} label=${t("rules.from")} name="from" type="date" required min=${FIRST_DAY} max=${LAST_DAY} defaultValue=${today} />
    </div>
    ${error && html`<${Failure} error=${error} />`}
    <div class="row"><button class="primary" disabled=${isBusy}>${t("rules.make")}</button></div>
  </form>`;
}
