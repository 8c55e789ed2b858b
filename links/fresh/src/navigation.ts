// Runs in the browser: follows links, forms and the history without loading a new document.

import { CLIENT_NAV, linkAttributes, matchLink, PARTIAL_PARAM } from "./shared.ts";

const PARTIAL_ATTRIBUTE = "f-partial";
const TRANSITION = "f-view-transition";

/** The answer holds no partial: there is nothing to show. */
export class NoPartialsError extends Error {}

type Apply = (res: Response) => Promise<void>;

/** Set on a link, form or button by the application: true while its request is under way. */
interface Indicated {
  _freshIndicator?: { value: boolean };
}

/** History entries of client navigation; other entries belong to the application. */
interface HistoryState {
  fClientNav: true;
  index: number;
  scrollX: number;
  scrollY: number;
}

let index: number = history.state?.index ?? 0;
/** Number of the navigation that began last: an earlier one that is still under way is dropped. */
let latest = 0;

function historyState(at: { x: number; y: number }): HistoryState {
  return { fClientNav: true, index, scrollX: at.x, scrollY: at.y };
}

/** Remembers where the page was scrolled to, and adds an entry for `url` if it is another. */
function pushHistory(url: URL): void {
  if (url.href === location.href) return;
  history.replaceState(historyState({ x: scrollX, y: scrollY }), "", location.href);
  index++;
  history.pushState(historyState({ x: 0, y: 0 }), "", url.href);
}

/** Whether the nearest `attribute` around `element` is on. */
function isOn(element: Element, attribute: string): boolean {
  const setting = element.closest(`[${attribute}]`)?.getAttribute(attribute) ?? "false";
  return setting !== "false";
}

function inTransition(update: () => Promise<void>): Promise<void> {
  const setting = document.querySelector(`[${TRANSITION}]`);
  const wanted = setting !== null && setting.getAttribute(TRANSITION) !== "false";
  if (!wanted || typeof document.startViewTransition !== "function") return update();
  return document.startViewTransition(update).finished;
}

async function whileIndicated(
  elements: (Element | null)[],
  run: () => Promise<void>,
): Promise<void> {
  const indicator = elements.map((element) => (element as Indicated | null)?._freshIndicator)
    .find((one) => one !== undefined);
  if (indicator) indicator.value = true;
  try {
    await run();
  } finally {
    if (indicator) indicator.value = false;
  }
}

/** Links get the attributes the server would have given them on the page at `url`. */
function updateLinks(url: URL): void {
  for (const link of document.querySelectorAll("a[href]")) {
    const ours = link.hasAttribute("data-current") || link.hasAttribute("data-ancestor");
    if (!ours && link.hasAttribute("aria-current")) continue;
    for (const name of ["data-current", "data-ancestor", "aria-current"]) {
      link.removeAttribute(name);
    }
    const attributes = linkAttributes(matchLink(url, link.getAttribute("href")!));
    for (const [name, value] of Object.entries(attributes)) link.setAttribute(name, value);
  }
}

interface Visit {
  /** What the address bar says afterwards; null when it stays as it is. */
  page: URL | null;
  /** Where the partials come from. */
  from: URL;
  init?: RequestInit;
}

async function visit({ page, from, init }: Visit, apply: Apply): Promise<void> {
  const own = page ? ++latest : 0;
  const address = new URL(from);
  address.searchParams.set(PARTIAL_PARAM, "true");
  const res = await fetch(address, { ...init, redirect: "follow" });
  if (own !== 0 && own !== latest) return;
  const reached = res.redirected ? new URL(res.url) : page;
  reached?.searchParams.delete(PARTIAL_PARAM);
  try {
    await apply(res);
  } catch (error) {
    if (!(error instanceof NoPartialsError && res.redirected)) throw error;
    location.href = reached!.href;
    return;
  }
  if (page && reached && reached.origin === location.origin) {
    if (reached.href !== location.href) history.replaceState(history.state, "", reached.href);
    updateLinks(reached);
  }
}

/** A link within this site that an ordinary click follows in this tab. */
function isFollowed(link: HTMLAnchorElement, event: MouseEvent): boolean {
  const plain = event.button === 0 && !event.defaultPrevented &&
    !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
  const here = link.href !== "" && (link.target === "" || link.target === "_self") &&
    !link.hasAttribute("download") && link.origin === location.origin;
  const [page, now] = [link.href, location.href].map((href) => href.split("#")[0]);
  return plain && here && !(link.hash !== "" && page === now) &&
    !link.getAttribute("href")!.startsWith("#");
}

async function followLink(link: HTMLAnchorElement, apply: Apply): Promise<void> {
  const page = new URL(link.href);
  const from = new URL(link.getAttribute(PARTIAL_ATTRIBUTE) ?? page, location.href);
  await whileIndicated([link], async () => {
    pushHistory(page);
    await inTransition(() => visit({ page, from }, apply));
    const target = page.hash && document.getElementById(decodeURIComponent(page.hash.slice(1)));
    if (target) target.scrollIntoView();
    else scrollTo({ left: 0, top: 0, behavior: "instant" });
  });
}

async function onClick(event: MouseEvent, apply: Apply): Promise<void> {
  if (!(event.target instanceof Element)) return;
  const link = event.target.closest("a");
  if (link instanceof HTMLAnchorElement) {
    if (!isFollowed(link, event) || !isOn(link, CLIENT_NAV)) return;
    event.preventDefault();
    return await followLink(link, apply);
  }
  const button = event.target.closest("button");
  const partial = button?.getAttribute(PARTIAL_ATTRIBUTE);
  const submits = button?.type === "submit" && button.form !== null;
  if (!button || !partial || submits || !isOn(button, CLIENT_NAV)) return;
  const from = new URL(partial, location.href);
  await whileIndicated([button], () => inTransition(() => visit({ page: null, from }, apply)));
}

/** The request a form makes; null when it does not say that partials answer it. */
function formVisit(form: HTMLFormElement, submitter: HTMLElement | null): Visit | null {
  const own = (name: string) => submitter?.getAttribute(name) ?? null;
  const method = (own("formmethod") ?? form.method).toLowerCase();
  if (method !== "get" && method !== "post") return null;
  const action = own("formaction") ?? form.getAttribute("action");
  const partial = own(PARTIAL_ATTRIBUTE) ?? own("formaction") ??
    form.getAttribute(PARTIAL_ATTRIBUTE) ?? action;
  if (!partial) return null;
  const page = new URL(action ?? location.href, location.href);
  const from = new URL(partial, location.href);
  const data = new FormData(form, submitter);
  if (method === "post") return { page, from, init: { method: "POST", body: data } };
  for (const [name, value] of data) {
    from.searchParams.append(name, typeof value === "string" ? value : value.name);
  }
  return { page, from };
}

async function onSubmit(event: SubmitEvent, apply: Apply): Promise<void> {
  const { target: form, submitter } = event;
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
  if (!isOn(form, CLIENT_NAV) || (submitter && !isOn(submitter, CLIENT_NAV))) return;
  const made = formVisit(form, submitter);
  if (!made) return;
  event.preventDefault();
  await whileIndicated([submitter, form], () => inTransition(() => visit(made, apply)));
}

async function onPopState(event: PopStateEvent, apply: Apply): Promise<void> {
  const state = event.state as HistoryState | null;
  // Without a state the browser went to another part of the same document.
  if (state === null) return void (history.scrollRestoration = "auto");
  if (!state.fClientNav) return;
  index = state.index;
  const setting = document.querySelector(`[${CLIENT_NAV}]`)?.getAttribute(CLIENT_NAV);
  if ((setting ?? "false") === "false") return location.reload();
  history.scrollRestoration = "manual";
  const page = new URL(location.href);
  try {
    await inTransition(() => visit({ page, from: page }, apply));
    scrollTo({ left: state.scrollX ?? 0, top: state.scrollY ?? 0, behavior: "instant" });
  } catch (error) {
    if (!(error instanceof NoPartialsError)) throw error;
    location.reload();
  }
}

/** Follows links, forms and the history; `apply` shows what an answer brings. */
export function listen(apply: Apply): void {
  if (!history.state) history.replaceState(historyState({ x: scrollX, y: scrollY }), "");
  document.addEventListener("click", (event) => onClick(event, apply));
  document.addEventListener("submit", (event) => onSubmit(event, apply));
  addEventListener("popstate", (event) => onPopState(event, apply));
}
