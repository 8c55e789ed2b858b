import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { canonicalDigest } from "../../lib/verification/canonical.ts";
import { ValidationError } from "../../lib/errors.ts";
import { readStudy } from "../../lib/lab/tinyscalelab/read.ts";
import { publishedFiles } from "../support/lab.ts";

const study = readStudy(await publishedFiles());

describe("TinyScaleLab's files", () => {
  it("give every completion, its prompt and its scores as they were cleaned by hand", async () => {
    assert.equal(study.items.length, 450);
    assert.equal(study.prompts.prompts.length, 150);
    const cleaned = study.items.map(({ promptId, category, model, completion }, item) => ({
      promptId: Number(promptId),
      category,
      model,
      completion,
      scores: Object.fromEntries(
        study.scores.filter((score) => score.item === item && score.rater === "human")
          .map(({ criterion, value }) => [criterion.slice(category.length + 1), value]),
      ),
    }));
    // Of items.json and prompts.json, which were cleaned apart from this program.
    assert.equal(
      await canonicalDigest(cleaned),
      "1faa6b21a894cc129ebbb18b4fe6e93399ce9caaeef2cc272ba126bd89f18266",
    );
    const prompts = study.prompts.prompts.map(({ id, category, text }) => ({
      id: Number(id),
      category,
      prompt: text,
    }));
    assert.equal(
      await canonicalDigest(prompts),
      "f43acea8a6e2813fdc1be1d04659f1bc7e93656de17b753db29423d2b63fdf29",
    );
  });

  it("are repaired, and each repair is counted", () => {
    const count = Object.fromEntries(study.report.repairs.map(({ what, count }) => [what, count]));
    assert.deepEqual(count, {
      "fields with line ends of Windows: made LF": 537,
      "quotes read in the wrong encoding: decoded": 900,
      "byte order mark at the start: taken away": 1,
      "ids that several completions have: told apart by model": 300,
      "columns out of the order of their letters: read by their names": 1,
      "criteria in other words: joined by what they ask": 10,
      "criteria under another letter: joined by what they ask": 12,
      "judge's scores without a model: joined by category, prompt and completion": 2475,
    });
    const quotes = study.report.repairs.find(({ what }) => what.startsWith("quotes"));
    assert.equal(quotes?.files["2025-04-30-manual-scores.csv"], 105);
    assert.match(study.report.remarks.join("\n"), /^23 marks/);
    assert.match(study.report.remarks.join("\n"), /Of 150 prompts 107 are distinct/);
    const unread = study.report.files.filter(({ kind }) => kind === null).map(({ file }) => file);
    assert.deepEqual(unread, ["README.md"]);
  });

  it("hold four versions of the rubric, of 17, 18, 15 and 13 criteria", () => {
    assert.deepEqual(study.rubrics.map(({ criteria }) => criteria.length), [17, 18, 15, 13]);
    assert.equal(study.rubric, 1);
    const idOf = (version: number, key: string) =>
      study.rubrics[version].criteria.find(({ category, code }) => key === `${category} ${code}`)
        ?.id;
    assert.equal(idOf(1, "Creativity C"), "Creativity_C");
    // Shifted and reworded, it still asks the same.
    for (const version of [0, 2, 3]) assert.equal(idOf(version, "Creativity B"), "Creativity_C");
    assert.equal(idOf(2, "Grammar A"), "Grammar_B");
    // Asked of other completions than in the scores: another criterion.
    assert.equal(idOf(2, "Plot E"), "Plot_E");
    assert.equal(idOf(3, "Plot E"), "Plot_E");
  });

  it("join both judges' scores with their completions", () => {
    const [first, second] = study.raters.filter(({ kind }) => kind === "judge");
    const of = (key: string) => study.scores.filter(({ rater }) => rater === key);
    assert.deepEqual([first.rubric, second.rubric], [1, 2]);
    assert.deepEqual([of(first.key).length, of(second.key).length], [1350, 1125]);
    const agreed = (key: string) =>
      study.reviews.filter(({ rater, agree }) => rater === key && agree).length;
    assert.deepEqual([agreed(first.key), agreed(second.key)], [1189, 1062]);
  });
});

const HEADER = "ID,category,prompt,completion,model_name";

describe("a study of somebody else", () => {
  it("needs no code: its columns are its rubric, its scores the levels", () => {
    const files = new Map([[
      "mine.csv",
      `${HEADER},Manners_A_score,Manners_B_score\n1,Manners,Hello,there,m,3,\n2,Manners,Hello,you,n,1,2\n`,
    ]]);
    const { rubrics, scores, models } = readStudy(files);
    assert.deepEqual(rubrics[0].levels, [1, 2, 3]);
    assert.deepEqual(rubrics[0].criteria.map(({ id }) => id), ["Manners_A", "Manners_B"]);
    assert.deepEqual(scores.map(({ item, value }) => [item, value]), [[0, 3], [1, 1], [1, 2]]);
    assert.deepEqual(models.map(({ name }) => name), ["m", "n"]);
  });

  it("tells two models that say the same apart by their order", () => {
    const files = new Map([
      ["a.csv", `${HEADER}\n1,Plot,Once,same,m\n1,Plot,Once,same,n\n`],
      [
        "judge.csv",
        "res_category,res_prompt,res_completion,subcriterion,score,text,agree\n" +
        "Plot,Once,same,A,1,Is it good?,True\nPlot,Once,same,A,0,Is it good?,False\n",
      ],
    ]);
    const { scores } = readStudy(files);
    assert.deepEqual(scores.map(({ item, value }) => [item, value]), [[0, 1], [1, 0]]);
  });

  for (
    const [fault, file, text, path] of [
      ["a quote that never ends", "a.csv", `${HEADER}\n1,Plot,"Once`, "a.csv"],
      ["a row that is too short", "a.csv", `${HEADER}\n1,Plot\n`, "a.csv"],
      ["a column named twice", "a.csv", `${HEADER},ID\n`, "a.csv"],
      ["a row without a model", "a.csv", `${HEADER}\n1,Plot,Once,x,\n`, "a.csv.model_name"],
      ["nothing to score", "b.csv", "a,b\n1,2\n", ""],
    ]
  ) {
    it(`is refused for ${fault}, which the error names`, () => {
      assert.throws(
        () => readStudy(new Map([[file, text]])),
        (error) => error instanceof ValidationError && error.path === path,
      );
    });
  }
});
