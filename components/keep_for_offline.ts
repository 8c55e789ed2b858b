// Has this page kept by the browser, so that it opens without a connection.

const WORKER_URL = "/build/lab_offline_browser.js";
const SCOPE = "/lab/sets/";

/** Where service workers are not to be had, the page works as well, but for such a reload. */
export async function keepForOffline(): Promise<void> {
  try {
    await navigator.serviceWorker.register(WORKER_URL, { scope: SCOPE });
    const { active } = await navigator.serviceWorker.ready;
    const parts = performance.getEntriesByType("resource").map(({ name }) => name);
    active?.postMessage([location.href, ...parts]);
  } catch {
    // Not over HTTP, or switched off.
  }
}
