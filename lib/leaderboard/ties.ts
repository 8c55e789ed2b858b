// Tie groups: which neighbours on a board differ by no more than noise. Knows nothing of SQL.

/** A model on a board, in the order of the board. */
export interface Standing {
  modelDigest: string;
  score: number;
  intervalLow: number | null;
  intervalHigh: number | null;
}

/** Places counted from 1, both included. */
export interface TieGroup {
  from: number;
  to: number;
}

/** Whether `model` ties with the leader it was compared with, both by `standingKey`. */
export type Verdict = [model: string, leader: string, tied: boolean];

/** A score that changes makes another standing: what was found of the old one counts no more. */
export function standingKey({ modelDigest, score }: Standing): string {
  return `${modelDigest} ${score}`;
}

/**
 * Going down the board, a group starts with its best model, the leader; the next ones belong to it
 * as long as they have the score of the one above or tie with the leader. The first that does not
 * leads the next group.
 *
 * @param known verdicts found before; only the missing ones are asked of `tie`.
 * @param tie whether two standings differ by no more than noise, the leader first.
 */
export async function groupTies(
  standings: readonly Standing[],
  known: readonly Verdict[],
  tie: (leader: number, model: number) => Promise<boolean>,
): Promise<{ groups: TieGroup[]; verdicts: Verdict[] }> {
  const found = new Map(known.map(([model, leader, tied]) => [`${model} ${leader}`, tied]));
  const groups: TieGroup[] = [];
  const verdicts: Verdict[] = [];
  let leader = 0;
  for (let place = 0; place < standings.length; place++) {
    if (place > 0 && standings[place].score !== standings[place - 1].score) {
      const pair = [standingKey(standings[place]), standingKey(standings[leader])] as const;
      const tied = found.get(pair.join(" ")) ?? await tie(leader, place);
      verdicts.push([...pair, tied]);
      if (!tied) leader = place;
    }
    if (leader === place) groups.push({ from: place + 1, to: place + 1 });
    else groups[groups.length - 1].to = place + 1;
  }
  return { groups, verdicts };
}

/** For scores whose examples are not kept: a tie when the two intervals overlap. */
export function intervalsOverlap(a: Standing, b: Standing): boolean {
  return (a.intervalLow ?? a.score) <= (b.intervalHigh ?? b.score) &&
    (b.intervalLow ?? b.score) <= (a.intervalHigh ?? a.score);
}

/** The group of a place, or null when it is alone in it or further down than groups are made. */
export function groupAt(groups: readonly TieGroup[], place: number): TieGroup | null {
  const group = groups.find(({ from, to }) => from <= place && place <= to);
  return group && group.from < group.to ? group : null;
}
