import type { ComponentChildren } from "preact";

export interface Tab {
  href: string;
  text: ComponentChildren;
  /** Whether it is what the page shows. */
  current: boolean;
}

/** Links between views of one thing; `label` says what they choose. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  return (
    <nav aria-label={label}>
      <ul class="tabs">
        {tabs.map(({ href, text, current }) => (
          <li key={href}>
            <a href={href} aria-current={current ? "page" : "false"}>{text}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
