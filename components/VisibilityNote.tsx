import type { Visibility } from "../lib/storage/entry_schema.ts";

/** Why an entry is on no board, when that is up to moderators. */
export function VisibilityNote({ visibility }: { visibility: Visibility }) {
  if (visibility === "public") return null;
  if (visibility === "hidden") {
    return (
      <p class="note bad">
        <strong>Hidden.</strong> Only moderators see this page; for others it says why.
      </p>
    );
  }
  return (
    <p class="note">
      <strong>In the holding area.</strong>{" "}
      It was sent by a guest: it is scored, and comes on the board when a moderator promotes it.
    </p>
  );
}
