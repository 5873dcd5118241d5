// @ts-check
/** Numbers in fields: what is written reads back as the same number, and nothing is read that could mean another. */

import { formatter, t } from "./texts.js";

const EXAMPLE = 1500.5;
const PLAIN = /^[-\u2212]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const SPACE_OF_THOUSANDS = /(?<=\d)\s(?=\d{3}(\D|$))/g;
const LIKE_THOUSANDS = /^[-\u2212]?[1-9]\d{0,2}[.,]\d{3}$/;

/**
 * Write a number for a field: all its digits, without signs of thousands.
 * @param {number} value
 */
export function writeNumber(value) {
  return String(value).replace(".", decimalSign());
}

/**
 * Read a number as people type it, with a point or a comma; null if it is none, could be another, or has more
 * digits than a number can hold.
 * @param {string} typed
 * @returns {number | null}
 */
export function readNumber(typed) {
  const text = typed.trim().replace(SPACE_OF_THOUSANDS, "");
  const sign = decimalSign();
  if (LIKE_THOUSANDS.test(text) && !text.includes(sign)) return null;
  const plain = text.replace(",", ".").replace("\u2212", "-");
  if (!PLAIN.test(plain)) return null;
  const value = Number(plain);
  return Number.isFinite(value) && digitsOf(plain).text === digitsOf(String(value)).text ? value + 0 : null;
}

/** Say how to type a number. */
export function wrongNumber() {
  return t("number.wrong", { example: writeNumber(EXAMPLE) });
}

/**
 * Return a number and a whole one together, without the noise of adding in binary.
 * @param {number} value
 * @param {number} step
 */
export function plus(value, step) {
  const places = Math.max(0, -digitsOf(String(value)).exponent);
  return Number((value + step).toFixed(Math.min(100, places)));
}

/** Return what stands between ones and tenths where the person is. */
function decimalSign() {
  const parts = formatter(Intl.NumberFormat).formatToParts(1.5);
  return parts.find(({ type }) => type === "decimal")?.value ?? ".";
}

/**
 * Return the digits that count and the power of ten of the last one.
 * @param {string} plain
 */
function digitsOf(plain) {
  const [mantissa, power = "0"] = plain.toLowerCase().split("e");
  const [whole, part = ""] = mantissa.replace("-", "").split(".");
  const digits = (whole + part).replace(/^0+/, "");
  if (digits === "") return { text: "0", exponent: 0 };
  const kept = digits.replace(/0+$/, "");
  const exponent = Number(power) - part.length + digits.length - kept.length;
  return { text: `${kept}e${exponent}`, exponent };
}
