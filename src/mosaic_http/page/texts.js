// @ts-check
/** The page's words: one table per language. A third language is one file in `texts/` and one line here. */

import en from "./texts/en.js";

/**
 * A text, or its forms by number (`Intl.PluralRules`); `{name}` is filled in.
 * @typedef {string | {one: string, few?: string, many?: string, other: string}} Text
 */
/** @typedef {keyof typeof en} Key */
/** @typedef {Record<Key, Text>} Table */

/** @type {Record<string, {name: string, load: () => Promise<{default: Table}>}>} */
export const LANGUAGES = {
  en: { name: "English", load: async () => ({ default: en }) },
  cs: { name: "Čeština", load: () => import("./texts/cs.js") },
};

const CHOICE = "mosaic.language";
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const LONG = 1e15;
const LONG_S = 90;

/** The language in use. */
export let language = "en";

/** The language as it is written where the person is, for dates and numbers. */
export let locale = "en";

/** @type {Table} */
let table = en;

/** Load the language that was chosen, else the first of the browser's that is known. */
export async function loadTexts() {
  const wanted = [chosen(), ...navigator.languages].map((one) => one?.slice(0, 2) ?? "");
  language = wanted.find((one) => one in LANGUAGES) ?? "en";
  table = (await LANGUAGES[language].load()).default;
  locale = navigator.languages.find((one) => one.startsWith(language)) ?? language;
  document.documentElement.lang = language;
}

/** Return the language that was chosen in this browser, or null. */
function chosen() {
  return localStorage.getItem(CHOICE);
}

/**
 * Choose a language.
 * @param {string} wanted
 */
export function choose(wanted) {
  localStorage.setItem(CHOICE, wanted);
  location.reload();
}

/**
 * Return a text in the language in use. `n` picks the form and is written as people write numbers.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const text = table[key] ?? en[key];
  const form = typeof text === "string" ? text : formOf(text, Number(values.n));
  return form.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === "number" ? number(value) : isolated(value ?? "");
  });
}

/**
 * Return a value that keeps its direction to itself: one from right to left would turn round what stands beside it.
 * @param {string} value
 */
function isolated(value) {
  return RIGHT_TO_LEFT.test(value) ? `\u2068${value}\u2069` : value;
}

/**
 * Return whether there is a text of that key.
 * @param {string} key
 * @returns {key is Key}
 */
export function isKey(key) {
  return Object.hasOwn(en, key);
}

/**
 * Return whether a text wants a value of that name.
 * @param {Key} key
 * @param {string} name
 */
export function wants(key, name) {
  return JSON.stringify(table[key] ?? en[key]).includes(`{${name}}`);
}

/**
 * @param {Exclude<Text, string>} text
 * @param {number} n
 */
function formOf(text, n) {
  const form = formatter(Intl.PluralRules).select(n);
  return /** @type {Record<string, string>} */ (text)[form] ?? text.other;
}

/**
 * Write a number as people do, one that is too long to read by its power of ten.
 * @param {number} value
 * @param {Intl.NumberFormatOptions} [options]
 */
export function number(value, options = { maximumFractionDigits: 3, notation: Math.abs(value) < LONG ? "standard" : "scientific" }) {
  return formatter(Intl.NumberFormat, options).format(value);
}

/** @type {Map<string, any>} */
const formatters = new Map();

/**
 * Return what writes in the language in use by these options. It is kept: making one takes long.
 * @template T
 * @param {new (locale: string, options?: any) => T} Kind
 * @param {object} [options]
 * @returns {T}
 */
export function formatter(Kind, options) {
  const key = `${Kind.name} ${JSON.stringify(options)}`;
  const known = formatters.get(key) ?? new Kind(locale, options);
  formatters.set(key, known);
  return known;
}

/**
 * Say when something comes that is so many seconds away: "in 4 minutes"; null if that is not known.
 * @param {number | null} seconds
 */
export function soon(seconds) {
  if (seconds === null) return t("soon");
  const inWords = formatter(Intl.RelativeTimeFormat);
  return seconds < LONG_S ? inWords.format(seconds, "second") : inWords.format(Math.ceil(seconds / 60), "minute");
}

/**
 * Write a share of 1 in percent.
 * @param {number} share
 */
export function percent(share) {
  return number(share, { style: "percent", maximumFractionDigits: 0 });
}
