import type { ComponentChildren } from "preact";
import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import { BoardTabs } from "./BoardTabs.tsx";

const VIEWS = [
  { path: "", label: "Table" },
  { path: "/pareto", label: "Pareto fronts" },
  { path: "/records", label: "Records" },
] as const;
export type BoardView = typeof VIEWS[number]["path"];

/** Tabs of the benchmarks and, below the name of this one, its views. `children` stand beside it. */
export function BoardHead(
  { benchmark, view, children }: {
    benchmark: Benchmark;
    view: BoardView;
    children?: ComponentChildren;
  },
) {
  return (
    <>
      <h1>Leaderboards</h1>
      <BoardTabs current={benchmark.id} view={view} />
      <div class="head-row">
        <h2>{benchmark.name}</h2>
        <nav class="views" aria-label={`Views of ${benchmark.name}`}>
          {VIEWS.map(({ path, label }) => (
            <a
              key={path}
              href={`/leaderboard/${benchmark.id}${path}`}
              aria-current={path === view ? "page" : "false"}
            >
              {label}
            </a>
          ))}
        </nav>
        {children}
      </div>
      <p class="prose muted">{benchmark.description}</p>
    </>
  );
}
