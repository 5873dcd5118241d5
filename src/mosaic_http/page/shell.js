// @ts-check
/** What stands around every page: the bar at the top, the ways to the pages, what waits and what went wrong. */

import { isOnline } from "./api.js";
import { Component, html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./html.js";
import { Icon } from "./icons.js";
import { isHeldUp, outbox } from "./outbox.js";
import { Login, LoginForm } from "./pages/login.js";
import { Dialog } from "./parts/dialog.js";
import { Loading } from "./parts/states.js";
import { go, place, to } from "./router.js";
import { ROUTES } from "./routes.js";
import { session } from "./session.js";
import { useSignal } from "./signals.js";
import { t } from "./texts.js";
import { Toasts } from "./toasts.js";

/** The whole page. */
export function Shell() {
  const { status, user } = useSignal(session);
  if (status === "starting" || (status === "elsewhere" && user === null)) {
    return html`<${Bar} /><${Loading} />`;
  }
  if (status === "out" || user === null) return html`<${Login} user=${user} /><${Toasts} />`;
  return html`<${Frame} user=${user} hasEnded=${status === "ended"} />`;
}

/**
 * @param {{user: import("./session.js").User, hasEnded: boolean}} props
 */
function Frame({ user, hasEnded }) {
  const { name, parts } = useSignal(place);
  const routes = ROUTES.filter((one) => !one.adminOnly || user.is_admin);
  const route = routes.find((one) => one.name === name);
  useEffect(() => {
    if (route === undefined) go("today");
  }, [route]);
  if (route === undefined) return null;
  return html`<a class="skip" href="#main" onClick=${skip}>${t("skip")}</a>
    <${Bar}><${State} /><//>
    <${Ways} routes=${routes} name=${name} />
    <main id="main" tabindex="-1">
      ${hasEnded && html`<${Ended} user=${user} />`}
      <${Fence} key=${name}><${Opened} route=${route} parts=${parts} /><//>
    </main>
    <${Toasts} />`;
}

/** @param {{children?: any}} props */
function Bar({ children }) {
  return html`<header class="bar">
    <a class="brand" href=${to("today")}><span class="logo" aria-hidden="true"></span>Mosaic</a>
    ${children}
  </header>`;
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/**
 * The session has ended: what is kept stays, and waits for a login, which comes by itself above a form that is open.
 * @param {{user: import("./session.js").User}} props
 */
function Ended({ user }) {
  const [isAsking, setAsking] = useState(() => document.querySelector("dialog[open]") !== null);
  return html`<div class="notice ended" role="status">
      <p>${t("login.again")}</p>
      <div class="row"><button class="primary" onClick=${() => setAsking(true)}>${t("login.again.do")}</button></div>
    </div>
    ${isAsking &&
    html`<${Dialog} title=${t("login.title")} onClose=${() => setAsking(false)}>
      <${LoginForm} user=${user} />
      <div class="actions"><button onClick=${() => setAsking(false)}>${t("start.skip")}</button></div>
    <//>`}`;
}

/** Whether there is a network, and what waits for one. */
function State() {
  const waiting = useSignal(outbox);
  const isLate = useSignal(isHeldUp);
  const online = useSignal(isOnline);
  const stopped = waiting.filter((one) => one.stopped !== null).length;
  if (stopped > 0) {
    return html`<a class="state attention" href=${to("outbox")}>${t("outbox.stopped", { n: stopped })}</a>`;
  }
  if (waiting.length > 0 && (isLate || !online)) {
    return html`<a class="state" href=${to("outbox")}><${Icon} name=${online ? "outbox" : "offline"} />${t("outbox.waiting", { n: waiting.length })}</a>`;
  }
  if (!online) return html`<span class="state" role="status"><${Icon} name="offline" />${t("offline")}</span>`;
  return null;
}

/**
 * The ways to the pages: a bar at the bottom of a phone, a column on a wide screen.
 * @param {{routes: import("./routes.js").Route[], name: string}} props
 */
function Ways({ routes, name }) {
  const [isOpen, setOpen] = useState(false);
  const others = routes.filter((one) => one.way === "other");
  const more = useRef(/** @type {HTMLButtonElement | null} */ (null));
  useEffect(() => setOpen(false), [name]);
  /** @param {KeyboardEvent} event */
  function close(event) {
    if (event.key !== "Escape" || !isOpen) return;
    setOpen(false);
    more.current?.focus();
  }
  return html`<nav class="ways ${isOpen ? "open" : ""}" aria-label=${t("nav")} onKeyDown=${close}>
    <ul class="main-ways">
      ${routes.filter((one) => one.way === "main").map((one) => html`<${Way} key=${one.name} route=${one} name=${name} />`)}
      <li class="more">
        <button
          ref=${more}
          aria-expanded=${isOpen ? "true" : "false"}
          class=${others.some((one) => one.name === name) ? "here" : ""}
          onClick=${() => setOpen(!isOpen)}
        >
          <${Icon} name="more" /><span>${t("more")}</span>
        </button>
      </li>
    </ul>
    <ul class="other-ways">
      ${others.map((one) => html`<${Way} key=${one.name} route=${one} name=${name} />`)}
    </ul>
  </nav>`;
}

/**
 * @param {{route: import("./routes.js").Route, name: string}} props
 */
function Way({ route, name }) {
  return html`<li>
    <a href=${to(route.name)} aria-current=${route.name === name ? "page" : undefined}>
      <${Icon} name=${route.icon} /><span>${t(route.title)}</span>
    </a>
  </li>`;
}

/**
 * A page, once its module is there. Whoever opens another one finds the focus at its heading.
 * @param {{route: import("./routes.js").Route, parts: string[]}} props
 */
function Opened({ route, parts }) {
  const loaded = useMemo(() => route.load(), [route]);
  const [module, setModule] = useState(loaded instanceof Promise ? null : loaded);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  useEffect(() => {
    if (loaded instanceof Promise) loaded.then(setModule, setError);
  }, [loaded]);
  useLayoutEffect(() => {
    if (module === null) return;
    document.title = `${t(route.title)} · Mosaic`;
    if (hasOpened) {
      document.getElementById("main")?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    hasOpened = true;
  }, [module]);
  if (error !== null) return html`<p class="notice failed">${t("page.unavailable")}</p>`;
  if (module === null) return html`<${Loading} />`;
  return html`<${module.Page} parts=${parts} />`;
}

let hasOpened = false;

/** What goes wrong in a page stays in it, and is told. */
class Fence extends Component {
  constructor() {
    super();
    this.state = { error: null };
  }

  /** @param {Error} error */
  componentDidCatch(error) {
    console.error(error);
    this.setState({ error });
  }

  /**
   * @param {any} props
   * @param {any} state
   */
  render(props, state) {
    if (state.error === null) return props.children;
    return html`<div class="notice failed" role="alert">
      <p>${t("page.failed")}</p>
      <p><code>${String(state.error)}</code></p>
      <button onClick=${() => location.reload()}>${t("page.reload")}</button>
    </div>`;
  }
}
