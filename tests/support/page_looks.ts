// What is looked at on a page in a browser: axe-core's rules, pale text, focus, width, movement, and
// what is missing without scripts. Pages have axe-core and `countShifts` as scripts of their own.

import type { RunOptions } from "axe-core";
import assert from "node:assert/strict";
import type { Page } from "playwright-core";

/** Runs in the page, before it: adds up what moves without the visitor's doing. */
export function countShifts(): void {
  let sum = 0;
  const add = (entries: PerformanceEntryList) => {
    for (const entry of entries) {
      const { value, hadRecentInput } = entry as unknown as Record<string, number>;
      if (!hadRecentInput) sum += value;
    }
  };
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  Reflect.set(globalThis, "shifted", () => {
    add(observer.takeRecords());
    return sum;
  });
}

/** How far things have moved so far, once the page has nothing to do and two more frames are drawn. */
export async function settled(page: Page): Promise<number> {
  return await page.evaluate(async () => {
    await document.fonts.ready;
    await new Promise((resolve) => requestIdleCallback(resolve));
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    return Reflect.get(globalThis, "shifted")() as number;
  });
}

/** Text is looked at by `paleText`: it takes axe longer than all else together. */
export const BUT_CONTRAST = { rules: { "color-contrast": { enabled: false } } };

/** What axe-core finds, in words. */
export async function barriers(page: Page, options: RunOptions = {}): Promise<string[]> {
  return await page.evaluate(async (options) => {
    const { violations } = await Reflect.get(globalThis, "axe").run(document, {
      ...{ resultTypes: ["violations"], preload: false },
      ...options,
    });
    return violations.flatMap((
      { id, nodes }: { id: string; nodes: { html: string; failureSummary: string }[] },
    ) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`));
  }, options);
}

/**
 * Text that stands out too little, by axe-core: each kind of text once in the life of a page. Kinds
 * differ in tags and classes from the body down, and in colours, size and weight as they are: the
 * same cell of a hundred rows is one kind, in another theme another one.
 */
export async function paleText(page: Page): Promise<string[]> {
  const found = await page.evaluate(markNewKinds);
  if (!found) return [];
  return await page.evaluate(async () => {
    const { violations } = await Reflect.get(globalThis, "axe").run(
      { include: [["[data-new-kind]"]] },
      {
        ...{ resultTypes: ["violations"], preload: false },
        runOnly: { type: "rule", values: ["color-contrast"] },
      },
    );
    return violations.flatMap(({ nodes }: { nodes: { html: string; failureSummary: string }[] }) =>
      nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`)
    );
  });
}

/** Runs in the page: marks one element of each kind that no call before has seen. */
function markNewKinds(): boolean {
  for (const old of document.querySelectorAll("[data-new-kind]")) {
    old.removeAttribute("data-new-kind");
  }
  const seen: Set<string> = Reflect.get(globalThis, "kindsSeen") ?? new Set();
  Reflect.set(globalThis, "kindsSeen", seen);
  const paths = new Map<Element | null, string>([[document.documentElement, ""], [null, ""]]);
  const pathOf = (element: Element | null): string => {
    let path = paths.get(element);
    if (path === undefined) {
      const { color, backgroundColor, fontSize, fontWeight, opacity } = getComputedStyle(element!);
      path = [
        ...[pathOf(element!.parentElement), element!.tagName, element!.getAttribute("class")],
        ...[color, backgroundColor, fontSize, fontWeight, opacity],
      ].join(" ");
      paths.set(element, path);
    }
    return path;
  };
  const hasText = (element: Element) =>
    /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) ||
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent!.trim() !== "");
  const before = seen.size;
  for (const element of document.body.querySelectorAll("*")) {
    if (!hasText(element) || !element.checkVisibility() || seen.has(pathOf(element))) continue;
    seen.add(pathOf(element));
    element.setAttribute("data-new-kind", "");
  }
  return seen.size > before;
}

/** Elements that stand out of the page to the right, when the page can be scrolled across. */
export async function tooWide(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.body.querySelectorAll("*")]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .map((element) => element.outerHTML.slice(0, 120)).slice(0, 5);
  });
}

/** What can have the focus and does not show it. */
export async function hiddenFocus(page: Page): Promise<string[]> {
  // From here on the browser takes it that a keyboard moves the focus.
  await page.keyboard.press("Tab");
  return await page.evaluate(() => {
    const reached = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
    const shown = (element: Element) => {
      const marks = [element, ...element.querySelectorAll("ellipse")].map((each) =>
        getComputedStyle(each)
      );
      return marks.some(({ outlineStyle, outlineWidth, strokeWidth, stroke, display }) =>
        (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) ||
        (display === "inline" && stroke !== "none" && parseFloat(strokeWidth) >= 3)
      );
    };
    return [...document.querySelectorAll<HTMLElement>(reached)]
      .filter((element) => element.tabIndex >= 0 && element.checkVisibility())
      .filter((element) => {
        element.focus({ preventScroll: true });
        return document.activeElement === element && !shown(element);
      })
      .map((element) => element.outerHTML.slice(0, 160));
  });
}

/** Lines that are there to read with scripts and are missing without; ages go on meanwhile, and each
 * request has a name of its own. */
export async function onlyWithScripts(page: Page, bare: Page): Promise<string[]> {
  const [lines, known] = await Promise.all([page, bare].map(linesOf));
  assert.ok(known.length > 1);
  return lines.filter((line) =>
    !known.includes(line) && !/ ago$|^just now$|name the request: /.test(line)
  );
}

async function linesOf(page: Page): Promise<string[]> {
  const text = await page.locator("main").evaluate((main: HTMLElement) => {
    for (const each of main.querySelectorAll<HTMLElement>("[data-needs-script]")) {
      each.hidden = true;
    }
    const text = main.innerText;
    for (const each of main.querySelectorAll<HTMLElement>("[data-needs-script]")) {
      each.hidden = false;
    }
    return text;
  });
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}
