import { RANKED_BENCHMARKS } from "../lib/benchmarks/registry.ts";

interface Props {
  /** Id of the benchmark shown, or "overall". */
  current: string;
  /** The view of a benchmark that its tab leads to. */
  view?: string;
}

/** One tab for each ranked benchmark and one for all of them. */
export function BoardTabs({ current, view = "" }: Props) {
  const tabs = [
    ...RANKED_BENCHMARKS.map(({ id, name }) => ({ id, name, href: `/leaderboard/${id}${view}` })),
    { id: "overall", name: "Overall", href: "/leaderboard/overall" },
  ];
  return (
    <nav aria-label="Benchmarks">
      <ul class="tabs">
        {tabs.map(({ id, name, href }) => (
          <li key={id}>
            <a href={href} aria-current={id === current ? "page" : "false"}>{name}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
