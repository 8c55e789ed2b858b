import { stateWord } from "./states.ts";

/** State of proof as an icon and a word. `count` is the number of runtimes that agree. */
export function StateBadge({ state, count = 0 }: { state: string; count?: number }) {
  const { word, tone, icon } = stateWord(state);
  return (
    <span class={`state ${tone}`}>
      <svg
        viewBox="0 0 16 16"
        aria-hidden="true"
        fill="none"
        stroke="currentColor"
        stroke-width="2"
        stroke-linecap="round"
        stroke-linejoin="round"
      >
        <path d={icon} />
      </svg>
      {word}
      {state === "exact" && count > 1 ? ` ×${count}` : ""}
    </span>
  );
}

/** The words of the state column, explained. */
export function StateLegend() {
  const shown = [
    "exact",
    "pending",
    "external",
    "not-reproducible",
    "engine-divergent",
    "mismatch",
  ];
  return (
    <dl class="legend">
      {shown.map((state) => [
        <dt key={state}>
          <StateBadge state={state} />
        </dt>,
        <dd key={`${state}-meaning`}>{stateWord(state).meaning}</dd>,
      ])}
    </dl>
  );
}
