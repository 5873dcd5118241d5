// @ts-check
/** Values that parts of the page share: whoever shows one is drawn again when it changes. */

import { useEffect, useState } from "./html.js";

/**
 * @template T
 * @typedef {{get: () => T, set: (value: T) => void, listen: (listener: () => void) => () => void}} Signal
 */

/**
 * Make a shared value.
 * @template T
 * @param {T} value
 * @returns {Signal<T>}
 */
export function signal(value) {
  /** @type {Set<() => void>} */
  const listeners = new Set();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * Return the value now, and draw again when it changes.
 * @template T
 * @param {Signal<T>} shared
 * @returns {T}
 */
export function useSignal(shared) {
  const [, draw] = useState({});
  const shown = shared.get();
  useEffect(() => {
    if (!Object.is(shared.get(), shown)) draw({});
    return shared.listen(() => draw({}));
  }, [shared]);
  return shown;
}
