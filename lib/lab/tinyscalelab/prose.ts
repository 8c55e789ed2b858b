// Where the prose of TinyScaleLab and its data say different things. Every figure is computed.

import { meanOf } from "../means.ts";
import type { Clicks, Row, StudyTables } from "./study.ts";

export interface Difference {
  /** Where it stands, and what it says. */
  where: string;
  said: string;
  data: string;
}

/** @param prompts of the set: all of them, and texts that differ. */
export function proseDifferences(
  tables: StudyTables,
  prompts: { all: number; distinct: number },
): Difference[] {
  const [first, second] = tables.judges;
  return [
    ...first && second ? agreement(first, second) : [],
    ...increases(tables),
    {
      where: "README",
      said: "The models are TinyStories-1M/8M/33M.",
      data:
        "The completions are of TinyStories-1M, 8M and 28M. The names are old: the post counts " +
        "about 3.7, 20 and 60 million parameters.",
    },
    {
      where: "Post",
      said: "150 total prompts, 25 for each category.",
      data: `${prompts.distinct} texts of the ${prompts.all} are distinct: the 25 of Grammar are ` +
        "taken from the other categories, and a few stand in two.",
    },
    {
      where: "Post",
      said: `An overall mean of ${
        tables.overall.figures.map(({ published }) => published).join(" / ")
      }.`,
      data:
        "It is the mean over all 450 scores of a model, so a category with more criteria weighs " +
        `more. The mean of the six categories is ${
          tables.meanOfCategories.figures.map(({ computed }) => computed).join(" / ")
        }.`,
    },
    jump(tables.criteria.find(({ id }) => id === "Plot_D")),
  ].filter((difference) => difference !== null);
}

/** What 94 % is, and what it is not. */
function agreement(first: Clicks, second: Clicks): Difference[] {
  const share = (equal: number, all: number) => `${(100 * equal / all).toFixed(1)} %`;
  const clicks = ({ overall: { of } }: Clicks) =>
    `${of.sum} of ${of.count} = ${share(of.sum, of.count)}`;
  const { own } = second;
  return [
    {
      where: "README",
      said: "“I agree with 94% of my Haiku LLM Judge's 1350 scores across 18 criteria.”",
      data:
        `94 % is of the second run: ${clicks(second)}, over ${second.criteria.length} criteria. ` +
        `The 1350 scores over ${first.criteria.length} criteria are the first run: ${
          clicks(first)
        }.`,
    },
    {
      where: "README",
      said: "94 % is agreement with the judge.",
      data:
        "They are clicks on “agree” made with the judge's score on the screen. Beside the scores " +
        `that the same rater had given before, without the judge, ${own.equal} of ${own.pairs} are ` +
        `equal: ${share(own.equal, own.pairs)} (first run ${
          share(first.own.equal, first.own.pairs)
        }). ` +
        `Of ${own.agreed} clicks on “agree”, ${own.agreedAgainstOwn} are about a score that differs ` +
        "from the rater's own.",
    },
    {
      where: "README",
      said: "“Maintains consistent narrative flow” is a criterion of Plot.",
      data:
        "In the scores by hand it belongs to Context-Tracking, asked of other completions: those " +
        "75 scores of the judge have none of the rater's beside them.",
    },
  ];
}

/** "In every case, there is an increase": true of the categories, not of every criterion. */
function increases({ criteria }: StudyTables): Difference[] {
  const falls = criteria.filter(({ figures }) =>
    figures.some(({ of }, at) => at > 0 && meanOf(of)! < meanOf(figures[at - 1].of)!)
  );
  if (falls.length === 0) return [];
  return [{
    where: "Post",
    said: "“In every case, there is an increase as we go from 1M to 8M to 28M.”",
    data: `So it is for the categories. Of the criteria ${falls.length} fall somewhere: ${
      falls.map(({ label, figures }) =>
        `“${label}” ${figures.map(({ computed }) => computed).join(" → ")}`
      ).join("; ")
    }.`,
  }];
}

function jump(row: Row | undefined): Difference | null {
  const [small, medium] = row?.figures.map(({ of }) => meanOf(of)) ?? [];
  if (!small || !medium) return null;
  return {
    where: "Post",
    said: "Focus on the central theme: “the smallest to medium model had almost a 3x jump”.",
    data: `From ${small.toFixed(2)} to ${medium.toFixed(2)} is ${
      (medium / small).toFixed(1)
    } times.`,
  };
}
