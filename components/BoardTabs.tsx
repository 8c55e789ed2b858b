import { RANKED_BENCHMARKS } from "../lib/benchmarks/registry.ts";
import { Tabs } from "./Tabs.tsx";

interface Props {
  /** Id of the benchmark shown, or "overall". */
  current: string;
  /** The view of a benchmark that its tab leads to. */
  view?: string;
}

/** One tab for each ranked benchmark and one for all of them. */
export function BoardTabs({ current, view = "" }: Props) {
  const tabs = [
    ...RANKED_BENCHMARKS.map(({ id, name }) => ({
      id,
      text: name,
      href: `/leaderboard/${id}${view}`,
    })),
    { id: "overall", text: "Overall", href: "/leaderboard/overall" },
  ];
  return (
    <Tabs
      label="Benchmarks"
      tabs={tabs.map(({ id, ...tab }) => ({ ...tab, current: id === current }))}
    />
  );
}
