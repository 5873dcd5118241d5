// @ts-check
/** Where one is in the page: `#/today/2026-01-02` is the page `today` with the part `2026-01-02`. */

import { signal } from "./signals.js";

/** @typedef {{name: string, parts: string[]}} Place */

/** @returns {Place} */
function read() {
  const [name = "", ...parts] = location.hash.replace(/^#\/?/, "").split("/").map(decoded);
  return { name, parts };
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Where one is. */
export const place = signal(read());

addEventListener("hashchange", () => place.set(read()));

/**
 * Return the address of a page for a link.
 * @param {string} name
 * @param {...(string | number)} parts
 */
export function to(name, ...parts) {
  return `#/${[name, ...parts].map(encodeURIComponent).join("/")}`;
}

/**
 * Go to a page.
 * @param {string} name
 * @param {...(string | number)} parts
 */
export function go(name, ...parts) {
  location.hash = to(name, ...parts);
}
