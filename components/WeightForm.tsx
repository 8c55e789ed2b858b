import { RANKED_BENCHMARKS } from "../lib/benchmarks/registry.ts";
import { MOST_WEIGHT, overallQuery, type Weights } from "../lib/leaderboard/overall.ts";

/** How much each benchmark counts: a plain form whose answer is an address. */
export function WeightForm({ weights }: { weights: Weights }) {
  const changed = overallQuery({ weights, after: null, before: null }) !== "";
  return (
    <form class="board-form" method="get" action="/leaderboard/overall">
      <details open={changed}>
        <summary>
          Weights <span class="muted">{changed ? "as you chose" : "all equal"}</span>
        </summary>
        <div class="inside choices weights">
          {RANKED_BENCHMARKS.map(({ id, name }) => (
            <label key={id} class="text">
              {name}
              <input
                type="number"
                name={id}
                min={0}
                max={MOST_WEIGHT}
                step="any"
                required
                defaultValue={String(weights[id])}
              />
            </label>
          ))}
          <div class="apply">
            <button class="button" type="submit">Show</button>
            {changed && <a href="/leaderboard/overall">All equal again</a>}
          </div>
        </div>
      </details>
    </form>
  );
}
