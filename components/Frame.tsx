import type { ComponentChildren } from "preact";
import { Mark } from "./Mark.tsx";

const LINKS = [
  { href: "/leaderboard", label: "Leaderboards" },
  { href: "/audit", label: "Audit" },
  { href: "/about", label: "How it works" },
];

/** Header, main and footer around every page. */
export function Frame({ path, children }: { path: string; children: ComponentChildren }) {
  const current = (href: string) =>
    path === href || path.startsWith(`${href}/`) ? ("page" as const) : undefined;
  return (
    <>
      <a class="skip" href="#main">Skip to the content</a>
      <header class="site-header">
        <div class="page">
          <a class="brand" href="/">
            <Mark />
            Tinyproof
          </a>
          <nav class="site-nav" aria-label="Main">
            {LINKS.map(({ href, label }) => (
              <a key={href} href={href} aria-current={current(href)}>{label}</a>
            ))}
            <a class="button push" href="/submit" aria-current={current("/submit")}>Submit</a>
          </nav>
        </div>
      </header>
      <main id="main">
        <div class="page">{children}</div>
      </main>
      <footer class="site-footer">
        <div class="page">
          <p>Exact replay proves the computation: this recipe gives these bits and this score.</p>
          <nav aria-label="More">
            <a href="/corpora">Corpora</a>
            <a href="/authors">Authors</a>
            <a href="/feeds/records.xml">Feed of records</a>
            <a href="/feeds/verdicts.xml">Feed of verdicts</a>
            <a href="/ledger">Ledger</a>
            <a href="/docs">Documents</a>
            <a href="/api">API</a>
            <a href="/engine.wasm">The engine</a>
          </nav>
        </div>
      </footer>
    </>
  );
}
