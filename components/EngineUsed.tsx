import { canReplay } from "../lib/engine/conforming.ts";
import { shortDigest } from "./format.ts";

/** The engine that a replay ran on, and how it stands to the one that the recipe names. */
export function EngineUsed({ used, declared }: { used: string; declared: string | null }) {
  if (declared === null) return <code>{shortDigest(used)}…</code>;
  if (used === declared) {
    return (
      <>
        <code>{shortDigest(used)}…</code>, as the recipe names
      </>
    );
  }
  return (
    <>
      <code>{shortDigest(used)}…</code> instead of <code>{shortDigest(declared)}…</code>
      {canReplay(used, declared) && ", which gives the same bits"}
    </>
  );
}
