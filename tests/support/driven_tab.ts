// What tests do on a page again and again, in any browser that is driven.

import type { ElementHandle, Page } from "puppeteer-core";

/** How often a page is asked. By frames, as drivers do it, one in the background never answers. */
const POLLING = { polling: 50 };

/** A page with what tests do on it again and again. */
export class DrivenTab {
  readonly problems: string[] = [];
  constructor(readonly page: Page) {
    page.setDefaultTimeout(120_000);
    page.on("pageerror", (error) => {
      // Zod asks whether it may compile its checks. It may not, goes on without, and Firefox tells.
      if (!/blocked a JavaScript eval/.test(String(error))) this.problems.push(String(error));
    });
  }

  async see(selector: string): Promise<void> {
    await this.page.waitForSelector(selector);
  }

  /** Presses the button of these words, once there is one that is not disabled. */
  async press(words: string): Promise<void> {
    for (let pressed = false; !pressed;) {
      const button = await this.page.waitForFunction(
        (words) => {
          const buttons = document.querySelectorAll<HTMLElement>(
            "main button:enabled, main a.button",
          );
          return [...buttons].find(({ textContent }) =>
            textContent!.trim().split(":")[0] === words
          );
        },
        POLLING,
        words,
      );
      // Not in the same breath: the function would wait on, on the page that follows. Meanwhile the
      // page may have put another in its place.
      pressed = await (button as ElementHandle<HTMLElement>).evaluate((button) => {
        const there = button.isConnected;
        if (there) button.click();
        return there;
      });
    }
  }

  async unfold(selector: string): Promise<void> {
    await this.page.$eval(`${selector} > summary`, (summary) => (summary as HTMLElement).click());
  }

  /** Fills a field at once; controlled fields hear of it as of a visitor's typing. */
  async fill(selector: string, text: string): Promise<void> {
    await this.see(selector);
    await this.page.$eval(selector, (element, text) => {
      (element as HTMLInputElement).value = text;
      element.dispatchEvent(new Event("input", { bubbles: true }));
      element.dispatchEvent(new Event("change", { bubbles: true }));
    }, text);
  }

  async attribute(selector: string, name: string): Promise<string> {
    return await this.page.$eval(
      selector,
      (element, name) => element.getAttribute(name) ?? "",
      name,
    );
  }

  async text(selector: string): Promise<string> {
    return await this.page.$eval(selector, (element) => element.textContent ?? "");
  }

  async says(selector: string, pattern: RegExp): Promise<void> {
    await this.page.waitForFunction(
      (selector, source) =>
        new RegExp(source).test(document.querySelector<HTMLElement>(selector)?.innerText ?? ""),
      POLLING,
      selector,
      pattern.source,
    );
  }
}
