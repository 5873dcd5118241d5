// @ts-check
/** Body: what wearables measured, by day, week, month and year, and what is made of it. */

import { isDay, todayOf } from "../dates.js";
import { html } from "../html.js";
import { Icon } from "../icons.js";
import { Segments } from "../parts/field.js";
import { go, to } from "../router.js";
import { currentUser } from "../session.js";
import { t } from "../texts.js";
import { Day } from "./body/day.js";
import { PERIODS, bounds, neighbour, periodText } from "./body/periods.js";
import { Rules } from "./body/rules.js";
import { Sources } from "./body/sources.js";
import { Stretch } from "./body/stretch.js";

/** @typedef {import("./body/periods.js").Period} Period */

/**
 * @param {{parts: string[]}} props
 */
export function Page({ parts }) {
  const today = todayOf(currentUser());
  const period = PERIODS.find((one) => one === parts[0]) ?? "week";
  const day = isDay(parts[1] ?? "") ? parts[1] : today;
  const { from, to: last } = bounds(period, day);
  return html`<div class="head">
      <h1>${t("body.title")}</h1>
      <${Segments}
        label=${t("body.period")}
        value=${period}
        choices=${PERIODS.map((one) => [one, t(`body.period.${one}`)])}
        onChoose=${(/** @type {Period} */ one) => go("body", one, day)}
      />
    </div>
    <${Turn} period=${period} day=${day} isNow=${from <= today && today <= last} />
    ${period === "day"
      ? html`<${Day} key=${day} day=${day} />`
      : html`<${Stretch} key="${period} ${from}" period=${period} from=${from} to=${last} today=${today} />`}
    <${Sources} />
    <${Rules} today=${today} />`;
}

/**
 * The ways to the periods before and after.
 * @param {{period: Period, day: string, isNow: boolean}} props
 */
function Turn({ period, day, isNow }) {
  return html`<nav class="turn" aria-label=${t("body.period")}>
    <a class="button round-link" href=${to("body", period, neighbour(period, day, -1))} aria-label=${t("body.earlier")}>
      <${Icon} name="left" />
    </a>
    <strong aria-live="polite">${periodText(period, day)}</strong>
    <a class="button round-link" href=${to("body", period, neighbour(period, day, 1))} aria-label=${t("body.later")}>
      <${Icon} name="right" />
    </a>
    ${!isNow && html`<a class="button" href=${to("body", period)}>${t("body.now")}</a>`}
  </nav>`;
}
