// @ts-check
/** History: a year of every habit at a glance; of one, its calendar to put right, its strength and its streaks. */

import { useAnswer } from "../answers.js";
import { addDays, monthOf, shortDay, todayOf } from "../dates.js";
import { ACTIVITIES, isOver, streaksOf } from "../habits.js";
import { html, memo, useEffect, useMemo, useRef, useState } from "../html.js";
import { Icon } from "../icons.js";
import { unseen } from "../outbox.js";
import { daysWith } from "../overlay.js";
import { Bars } from "../parts/bars.js";
import { Calendar } from "../parts/calendar.js";
import { Chart } from "../parts/chart.js";
import { DayDialog } from "../parts/day_dialog.js";
import { Figures } from "../parts/figures.js";
import { useGrowing } from "../parts/growing.js";
import { HeatLegend, HeatMap } from "../parts/heat_map.js";
import { scheduleText, targetText } from "../parts/schedule_text.js";
import { Missing } from "../parts/states.js";
import { to } from "../router.js";
import { currentUser } from "../session.js";
import { useSignal } from "../signals.js";
import { number, percent, t } from "../texts.js";

/** @typedef {import("../habits.js").Activity} Activity */

const YEAR_DAYS = 364;
const MOST_STREAKS = 6;

/** @param {{parts: string[]}} props */
export function Page({ parts }) {
  const { data, error } = useAnswer(ACTIVITIES);
  if (data === undefined) return html`<${Missing} error=${error} />`;
  const habit = data.find((/** @type {Activity} */ one) => String(one.id) === parts[0]);
  if (habit !== undefined) return html`<${OneHabit} key=${habit.id} habit=${habit} />`;
  return html`<${AllHabits} habits=${data} />`;
}

/** @param {{habits: Activity[]}} props */
function AllHabits({ habits }) {
  const shown = habits.filter((one) => one.active === 1);
  const others = habits.filter((one) => one.active !== 1);
  const drawn = useGrowing(habits.length);
  return html`<h1>${t("history.title")}</h1>
    ${habits.length === 0 && html`<p class="empty">${t("history.nothing")}</p>`}
    ${habits.length > 0 && html`<${HeatLegend} />`}
    ${shown.slice(0, drawn).map((one) => html`<${YearCard} key=${one.id} habit=${one} />`)}
    ${others.length > 0 && html`<h2>${t("activities.archived")}</h2>`}
    ${others.slice(0, Math.max(0, drawn - shown.length)).map((one) => html`<${YearCard} key=${one.id} habit=${one} />`)}`;
}

/** A habit's year, asked for when it comes into view. @param {{habit: Activity}} props */
const YearCard = memo(function YearCard({ habit }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const watched = new IntersectionObserver(
      (seen) => {
        if (seen.some((one) => one.isIntersecting)) setSeen(true);
      },
      { rootMargin: "200px" },
    );
    if (place.current !== null) watched.observe(place.current);
    return () => watched.disconnect();
  }, []);
  const today = todayOf(currentUser());
  const { history, error } = useHistory(isSeen ? habit : null, addDays(today, -YEAR_DAYS), today);
  return html`<section ref=${place} class="card year-card">
    <div class="head">
      <h2 dir="auto"><a href=${to("history", habit.id)}>${habit.name}</a></h2>
      ${history && html`<span class="small soft">${standing(history)}</span>`}
    </div>
    <div class="year-place">
      ${history && html`<${HeatMap} days=${history.days} habit=${habit} label=${yearLabel(habit, history)} />`}
      ${!history && error && html`<${Missing} error=${error} />`}
    </div>
  </section>`;
});

/** @param {any} history */
function standing({ streak, strength }) {
  const row = streak.current > 0 && t(`streak.${/** @type {"days"} */ (streak.unit)}`, { n: streak.current });
  return [row, t("habit.strength", { share: percent(strength) })].filter(Boolean).join(" · ");
}

/**
 * @param {Activity} habit
 * @param {any} history
 */
function yearLabel(habit, { name, days }) {
  const done = days.filter((/** @type {any} */ day) => day.state === "done").length;
  const over = days.filter((/** @type {any} */ day) => isOver(habit, day.value)).length;
  const label = t("history.label", { name, n: done });
  return over === 0 ? label : `${label}, ${t("history.label.over", { n: over })}`;
}

/**
 * Return the history of a habit with what waits; while another stretch is on its way, the one before.
 * @param {Activity | null} habit
 * @param {string} from
 * @param {string} to_
 */
function useHistory(habit, from, to_) {
  const { data, error } = useAnswer(habit === null ? null : `activities/${habit.id}/history?from=${from}&to=${to_}`);
  const waiting = useSignal(unseen);
  const history = useMemo(
    () => data && habit && { ...data, days: daysWith(data.days, habit, waiting) },
    [data, habit, waiting],
  );
  const last = useRef(history);
  if (history) last.current = history;
  return { history: last.current, error };
}

/** @param {{habit: Activity}} props */
function OneHabit({ habit }) {
  const today = todayOf(currentUser());
  const [year, setYear] = useState(/** @type {string | null} */ (null));
  const first = year === null ? addDays(today, -YEAR_DAYS) : `${year}-01-01`;
  const last = year === null ? today : `${year}-12-31` < today ? `${year}-12-31` : today;
  const { history, error } = useHistory(habit, first, last);
  return html`<div class="head">
      <div class="row name-row">
        <a class="button round-link" href=${to("history")} aria-label=${t("history.back")}><${Icon} name="left" /></a>
        <h1 dir="auto">${habit.name}</h1>
      </div>
    </div>
    <p class="soft">${[targetText(habit), scheduleText(habit.schedule)].filter(Boolean).join(", ")}</p>
    ${habit.description && html`<p dir="auto">${habit.description}</p>`}
    ${(error || !history) && html`<${Missing} error=${error} />`}
    ${history &&
    html`<${Standing} history=${history} />
      <${Year} habit=${habit} history=${history} year=${year} today=${today} onYear=${setYear} />
      <${Charts} habit=${habit} history=${history} today=${today} />`}`;
}

/** @param {{history: any}} props */
function Standing({ history }) {
  const { streak, rate, strength } = history;
  /** @type {[string, string, string?][]} */
  const figures = [
    [t("history.streak"), number(streak.current), t(`streak.unit.${/** @type {"days"} */ (streak.unit)}`, { n: streak.current })],
    [t("history.longest"), number(streak.longest), t(`streak.unit.${/** @type {"days"} */ (streak.unit)}`, { n: streak.longest })],
    [t("history.strength"), percent(strength)],
    [t("history.rate"), rate["30"] === null ? "–" : percent(rate["30"]), t("history.rates", { year: rate["365"] === null ? "–" : percent(rate["365"]) })],
  ];
  return html`<${Figures} figures=${figures} />`;
}

/**
 * @param {{habit: Activity, history: any, year: string | null, today: string, onYear: (year: string | null) => void}} props
 */
function Year({ habit, history, year, today, onYear }) {
  const [month, setMonth] = useState(monthOf(today));
  const [picked, setPicked] = useState(/** @type {string | null} */ (null));
  const day = history.days.find((/** @type {any} */ one) => one.date === picked);
  /** @param {string} wanted */
  function goToMonth(wanted) {
    setMonth(wanted);
    if (wanted < history.from || wanted > history.to) onYear(wanted.slice(0, 4));
  }
  /** @param {string | null} wanted */
  function goToYear(wanted) {
    setMonth(wanted === null || wanted === today.slice(0, 4) ? monthOf(today) : `${wanted}-12-01`);
    onYear(wanted);
  }
  return html`<section class="card">
    <div class="head">
      <h2>${t("history.year")}</h2>
      <${YearChoice} begin=${history.begin} today=${today} year=${year} onYear=${goToYear} />
    </div>
    <${WideMap} key=${history.from}>
      <${HeatMap} days=${history.days} habit=${habit} label=${yearLabel(habit, history)} onPick=${setPicked} />
    <//>
    <${HeatLegend} />
    <hr />
    <${Calendar} month=${month} days=${history.days} habit=${habit} today=${today} onMonth=${goToMonth} onPick=${setPicked} />
    <p class="small soft">${t("history.fix")}</p>
    ${day && html`<${DayDialog} habit=${habit} day=${day} onClose=${() => setPicked(null)} />`}
  </section>`;
}

/** What is too wide for a phone, seen from its end. @param {{children?: any}} props */
function WideMap({ children }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (place.current !== null) place.current.scrollLeft = place.current.scrollWidth;
  }, []);
  return html`<div ref=${place} class="scroll wide-map" tabindex="0" role="region" aria-label=${t("history.year")}>${children}</div>`;
}

/**
 * @param {{begin: string | null, today: string, year: string | null, onYear: (year: string | null) => void}} props
 */
function YearChoice({ begin, today, year, onYear }) {
  const last = Number(today.slice(0, 4));
  const first = Math.min(Number((begin ?? today).slice(0, 4)), Number(year ?? last));
  const years = Array.from({ length: last - first + 1 }, (_, index) => String(last - index));
  return html`<select
    class="year-choice"
    aria-label=${t("history.which")}
    value=${year ?? ""}
    onChange=${(/** @type {any} */ event) => onYear(event.target.value || null)}
  >
    <option value="">${t("history.last")}</option>
    ${years.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
  </select>`;
}

/** @param {{habit: Activity, history: any, today: string}} props */
function Charts({ habit, history, today }) {
  const dates = useMemo(() => history.strengths.map((/** @type {any} */ one) => one.date), [history.strengths]);
  const streaks = useMemo(
    () =>
      streaksOf(history.days, habit.schedule, history.begin)
        .sort((one, other) => other.count - one.count || (one.from < other.from ? 1 : -1))
        .slice(0, MOST_STREAKS),
    [history, habit],
  );
  const most = Math.max(1, ...streaks.map((one) => one.count));
  return html`<section class="card">
      <h2>${t("history.strength")}</h2>
      <p class="small soft">${t("habit.strength.about")}</p>
      ${dates.length > 1
        ? html`<${Chart}
            label=${t("history.strength.label", { name: habit.name })}
            named=${t("history.strength")}
            dates=${dates}
            values=${history.strengths.map((/** @type {any} */ one) => one.strength)}
            format=${percent}
            range=${[0, 1]}
          />`
        : html`<p class="soft">${t("history.soon")}</p>`}
    </section>
    <section class="card">
      <h2>${t("history.streaks")}</h2>
      ${streaks.length === 0
        ? html`<p class="soft">${t("history.soon")}</p>`
        : html`<${Bars}
            label=${t("history.streaks")}
            rows=${streaks.map((one) => ({
              label: one.from === one.to ? shortDay(one.from, today) : `${shortDay(one.from, today)} – ${shortDay(one.to, today)}`,
              share: one.count / most,
              text: number(one.count),
            }))}
          />`}
    </section>`;
}
