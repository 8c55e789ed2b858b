// In which order waiting jobs are worked on. Knows nothing of SQL.
//
// A job belongs to a band, and in it to a turn. Lower bands go first. In a band the authors take
// turns, as in start-time fair queueing (Goyal, Vin & Cheng 1996): a new job has the turn that is
// being served, or the one after the author's last open job when that is later. Fifty jobs sent at
// once spread over fifty turns, and the first of somebody else goes into the present one.

/** More turns than jobs that may wait; those beyond share the last one, in order of arrival. */
export const TURNS = 1_000_000;

/** Scoring of a new submission. */
export const NEW_BAND = 0;
/** Scoring of what has a score already: nobody waits for it. */
export const TOP_UP_BAND = 1;

/** Dear jobs go by cost, doubled from band to band: no one waits an hour for a minute's. */
export function costBand(flops: number): number {
  return Math.round(Math.log2(1 + flops));
}

/** As the queue stores it: the highest goes first. */
export function priorityOf(band: number, turn: number): number {
  return -(band * TURNS + Math.min(turn, TURNS - 1));
}

/** Lowest and highest priority of a band. */
export function prioritiesOf(band: number): [number, number] {
  return [priorityOf(band, TURNS - 1), priorityOf(band, 0)];
}
