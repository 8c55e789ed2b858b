import type { ComponentChildren } from "preact";
import type { Account } from "../lib/accounts/caller.ts";
import { Mark } from "./Mark.tsx";

const LINKS = [
  { href: "/leaderboard", label: "Leaderboards" },
  { href: "/playground", label: "Playground" },
  { href: "/lab", label: "Lab" },
  { href: "/audit", label: "Audit" },
  { href: "/about", label: "How it works" },
];

interface Props {
  path: string;
  /** Who is signed in. */
  account: Account | null;
  children: ComponentChildren;
}

/** Header, main and footer around every page. */
export function Frame({ path, account, children }: Props) {
  return (
    <>
      <a class="skip" href="#main">Skip to the content</a>
      <SiteHeader path={path} account={account} />
      <main id="main">
        <div class="page">{children}</div>
      </main>
      <SiteFooter />
    </>
  );
}

function SiteHeader({ path, account }: Pick<Props, "path" | "account">) {
  const current = (href: string) =>
    path === href || path.startsWith(`${href}/`) ? ("page" as const) : undefined;
  return (
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
        </nav>
        <div class="site-actions">
          <AccountLink account={account} path={path} />
          <a class="button" href="/submit" aria-current={current("/submit")}>Submit</a>
        </div>
      </div>
    </header>
  );
}

function SiteFooter() {
  return (
    <footer class="site-footer">
      <div class="page">
        <p>Exact replay proves the computation: this recipe gives these bits and this score.</p>
        <nav aria-label="More">
          <a href="/corpora">Corpora</a>
          <a href="/tickets">Seed tickets</a>
          <a href="/volunteer">Lend your tab</a>
          <a href="/authors">Authors</a>
          <a href="/feeds/records.xml">Feed of records</a>
          <a href="/feeds/verdicts.xml">Feed of verdicts</a>
          <a href="/moderation/decisions">Decisions</a>
          <a href="/ledger">Ledger</a>
          <a href="/docs">Documents</a>
          <a href="/api">API</a>
          <a href="/engine.wasm">The engine</a>
        </nav>
      </div>
    </footer>
  );
}

/** The account of who is signed in; for others the way there, and back to this page. */
function AccountLink({ account, path }: Pick<Props, "account" | "path">) {
  const here = path.startsWith("/account") ? ("page" as const) : undefined;
  if (account) {
    return <a class="account-link" href="/account" aria-current={here}>{account.name}</a>;
  }
  const next = here || path === "/" ? "" : `?next=${encodeURIComponent(path)}`;
  return <a href={`/account/sign-in${next}`} aria-current={here}>Sign in</a>;
}
