import type { RelativeView } from "../lib/submissions/status.ts";

/** A link to another model; of a withdrawn one to what is left of it. */
export function RelativeLink(
  { relative: { id, name, author, withdrawn } }: { relative: RelativeView },
) {
  return (
    <>
      <a href={`/models/${id}`}>{name}</a> by {author}
      {withdrawn && <span class="muted">, withdrawn</span>}
    </>
  );
}
