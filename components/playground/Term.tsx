import { type TermId, TERMS } from "../../lib/playground/terms.ts";

/** A word of the field; pressed, it says what it means. */
export function Term({ id, children }: { id: TermId; children?: string }) {
  return (
    <button class="term" type="button" popovertarget={`term-${id}`}>
      {children ?? TERMS[id][0]}
    </button>
  );
}

/** What the terms of a page open: once on a page, outside of what scripts render. */
export function Glossary() {
  return (
    <div class="glossary">
      {Object.entries(TERMS).map(([id, [name, words]]) => (
        <div key={id} id={`term-${id}`} popover="auto" role="note" aria-label={name}>
          <strong>{name}</strong>
          <p>{words}</p>
        </div>
      ))}
    </div>
  );
}
