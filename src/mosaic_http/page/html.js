// @ts-check
/** What every part of the page is written with: preact, its hooks, and HTML as templates. */

import htm from "./vendor/htm.js";
import { Component, h } from "./vendor/preact.js";

export { Component, Fragment, render } from "./vendor/preact.js";
export {
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "./vendor/hooks.js";

/** Make elements from a template: html`<p>${text}</p>`. Texts are always shown as texts. */
export const html = htm.bind(h);

/**
 * Make a component that is drawn again by who shows it only if one of its properties is another than before.
 * @param {(props: any) => any} Drawn
 */
export function memo(Drawn) {
  return class extends Component {
    /** @param {any} next */
    shouldComponentUpdate(next) {
      const shown = /** @type {any} */ (this.props);
      return Object.keys(next).some((name) => !Object.is(next[name], shown[name]));
    }

    /** @param {any} props */
    render(props) {
      return h(Drawn, props);
    }
  };
}
