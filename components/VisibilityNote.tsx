import type { Visibility } from "../lib/storage/schema.ts";

/** Why an entry is on no board, when a moderator has to look at it first. */
export function VisibilityNote({ visibility }: { visibility: Visibility }) {
  if (visibility !== "held") return null;
  return (
    <p class="note">
      <strong>In the holding area.</strong>{" "}
      It was sent by a guest: it is scored, and comes on the board when a moderator promotes it.
    </p>
  );
}
