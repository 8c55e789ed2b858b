import type { ProvenanceState } from "../lib/storage/entry_schema.ts";
import { inside, type Markup, markup } from "./markup.ts";
import type { SampleShare } from "../lib/verification/sample_store.ts";
import { stateWord } from "./states.ts";

interface Props {
  state: string;
  /** Runtimes that agree when exact. */
  count?: number;
  /** Segments that were replayed when sampled. */
  sample?: SampleShare | null;
}

/** State of proof as an icon and a word. */
export function StateBadge(props: Props) {
  return <span class={`state ${stateWord(props.state).tone}`} {...inside(badgeContent(props))} />;
}

/** Few different ones stand in thousands of rows. */
const badges = new Map<string, Markup>();

/** Of a state that there is: those that were made are kept. */
export function stateMarkup(
  { state, count = 0, sample }: Props & { state: ProvenanceState },
): Markup {
  const key = `${state} ${count} ${sample?.count}/${sample?.of}`;
  let badge = badges.get(key);
  if (!badge) {
    const content = badgeContent({ state, count, sample });
    badge = markup`<span class="state ${stateWord(state).tone}">${content}</span>`;
    badges.set(key, badge);
  }
  return badge;
}

function badgeContent({ state, count = 0, sample }: Props): Markup {
  const { word, icon } = stateWord(state);
  const times = state === "exact" && count > 1 && ` ×${count}`;
  const share = state === "sampled" && sample && ` ${sample.count}/${sample.of}`;
  const drawing = markup`<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${icon}"/></svg>`;
  return markup`${drawing}${word}${times}${share}`;
}

/** The words of the state column, explained. */
export function StateLegend() {
  const shown = [
    "exact",
    "pending",
    "sampled",
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
