import type { Entry, ProvenanceState } from "../lib/storage/entry_schema.ts";
import { inside, type Markup, markup } from "./markup.ts";
import type { SampleShare } from "../lib/verification/sample_store.ts";
import { entryWord, stateWord } from "./states.ts";

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

/** Of an entry that may not be scored: then how far it is, for of its proof nothing can be said. */
export function EntryBadge({ entry, sample }: Pick<Props, "sample"> & {
  entry: Pick<Entry, "status" | "provenance" | "exact_count">;
}) {
  if (entry.status === "scored") {
    return <StateBadge state={entry.provenance} count={entry.exact_count} sample={sample} />;
  }
  const { word, tone, icon } = entryWord(entry);
  return <span class={`state ${tone}`} {...inside(markup`${iconMarkup(icon)}${word}`)} />;
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
  return markup`${iconMarkup(icon)}${word}${times}${share}`;
}

function iconMarkup(path: string): Markup {
  return markup`<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"/></svg>`;
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
