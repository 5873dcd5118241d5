// @ts-check
/** Statistics: how much of what was planned is done, and where. */

import { useAnswer } from "../answers.js";
import { isDay, todayOf } from "../dates.js";
import { html } from "../html.js";
import { Bars } from "../parts/bars.js";
import { Field } from "../parts/field.js";
import { Figures } from "../parts/figures.js";
import { Missing, Old } from "../parts/states.js";
import { go } from "../router.js";
import { currentUser } from "../session.js";
import { number, t } from "../texts.js";

/** @param {{parts: string[]}} props */
export function Page({ parts }) {
  const today = todayOf(currentUser());
  const date = isDay(parts[0] ?? "") ? parts[0] : today;
  const { data, error, isOld } = useAnswer(`stats/progress?date=${date}`);
  return html`<div class="head">
      <h1>${t("statistics.title")}</h1>
      <${Field}
        label=${t("statistics.day")}
        type="date"
        value=${date}
        max=${today}
        onChange=${(/** @type {any} */ event) => isDay(event.target.value) && go("statistics", event.target.value)}
      />
    </div>
    ${isOld && html`<${Old} />`}
    ${data === undefined ? html`<${Missing} error=${error} />` : html`<${Progress} data=${data} />`}`;
}

/** @param {{data: any}} props */
function Progress({ data }) {
  const { avg_goal_fulfillment: average, active_days_ratio: active, positive_vs_negative: ratio } = data;
  const figures = [
    [t("statistics.today"), share(data.goal_completion_today), t("statistics.today.about")],
    [t("statistics.week"), share(average.last_7_days), t("statistics.average.about")],
    [t("statistics.month"), share(average.last_30_days), t("statistics.average.about")],
    [t("statistics.streak"), number(data.current_streak), t("statistics.longest", { n: data.longest_streak })],
    [t("statistics.active"), `${number(active.active_days)} / ${number(active.total_days)}`, t("statistics.active.about")],
    [t("statistics.entries"), `${number(ratio.positive)} : ${number(ratio.negative)}`, t("statistics.entries.about")],
  ];
  return html`<${Figures} figures=${figures} inThirds />
    <p class="small soft">${t("statistics.explained")}</p>
    <${Categories} rows=${data.avg_goal_fulfillment_by_category} />
    <${Distribution} rows=${data.activity_distribution} />
    <${Consistency} groups=${data.top_consistent_activities_by_category} />`;
}

/** @param {number} percents */
function share(percents) {
  return number(percents / 100, { style: "percent", maximumFractionDigits: 1 });
}

/** @param {string} category */
function named(category) {
  return category === "Other" ? t("category.none") : category;
}

/** @param {{rows: any[]}} props */
function Categories({ rows }) {
  return html`<section class="card">
    <h2>${t("statistics.categories")}</h2>
    ${rows.length === 0 && html`<p class="soft">${t("statistics.nothing")}</p>`}
    ${rows.map(
      (row) => html`<div key=${row.category} class="stack-small">
        <h3 dir="auto">${named(row.category)}</h3>
        <${Bars}
          label=${named(row.category)}
          rows=${[
            { label: t("statistics.last7"), share: row.last_7_days / 100, text: share(row.last_7_days) },
            { label: t("statistics.last30"), share: row.last_30_days / 100, text: share(row.last_30_days), color: "heat-3" },
          ]}
        />
      </div>`,
    )}
  </section>`;
}

/** @param {{rows: any[]}} props */
function Distribution({ rows }) {
  return html`<section class="card">
    <h2>${t("statistics.distribution")}</h2>
    ${rows.length === 0
      ? html`<p class="soft">${t("statistics.nothing")}</p>`
      : html`<${Bars}
          label=${t("statistics.distribution")}
          rows=${rows.map((row) => ({
            label: named(row.category),
            share: row.percent / 100,
            text: t("statistics.count", { n: row.count, share: share(row.percent) }),
          }))}
        />`}
  </section>`;
}

/** @param {{groups: any[]}} props */
function Consistency({ groups }) {
  const rows = groups.flatMap((group) =>
    group.activities.map((/** @type {any} */ one) => ({
      label: one.name,
      share: one.consistency_percent / 100,
      text: share(one.consistency_percent),
    })),
  );
  return html`<section class="card">
    <h2>${t("statistics.consistency")}</h2>
    <p class="small soft">${t("statistics.consistency.about")}</p>
    ${rows.length === 0 ? html`<p class="soft">${t("statistics.nothing")}</p>` : html`<${Bars} label=${t("statistics.consistency")} rows=${rows} />`}
  </section>`;
}
