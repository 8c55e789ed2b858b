import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { assertTemplate, fillTemplate } from "../../../lib/lab/judge/template.ts";

const TWO = [{ label: "A", text: "It rhymes" }, { label: "B", text: "It ends" }];
const subject = { category: "Plot", criteria: TWO, prompt: "Once", completion: " upon." };

describe("a judge's template", () => {
  it("holds a section once for each criterion", () => {
    const template =
      "{category}:\n{#criteria}\n- {label} {text}\n{/criteria}\n{prompt}|{completion}";
    assert.equal(fillTemplate(template, subject), "Plot:\n- A It rhymes\n- B It ends\nOnce| upon.");
  });

  it("takes nothing that a model wrote, and nothing of a criterion, for a place", () => {
    const hostile = {
      ...subject,
      criteria: [{ label: "A", text: "{completion} $& {text}" }],
      prompt: "{completion}{#criteria}x{/criteria}",
      completion: "{prompt} $1",
    };
    assert.equal(
      fillTemplate("{#criteria}{text}{/criteria}/{prompt}/{completion}", hostile),
      "{completion} $& {text}/{completion}{#criteria}x{/criteria}/{prompt} $1",
    );
  });

  it("leaves other braces alone, so that an answer in JSON may be asked for", () => {
    assert.equal(
      fillTemplate('Answer {"A": 0.5} {score} {prompt}', subject),
      'Answer {"A": 0.5} {score} Once',
    );
  });

  it("may be the published one, in which letters that a category lacks are left out", async () => {
    const published = await Deno.readTextFile(
      new URL("../../../data/lab/tinyscalelab/llm_judge_prompt_template.txt", import.meta.url),
    );
    const text = fillTemplate(published, { ...subject, criteria: [TWO[0]] });
    assert.match(text, /<criteria>\n<criterion id="A">It rhymes<\/criterion>\n<\/criteria>/);
    assert.match(text, /For each criterion A, assign a score/);
    assert.match(text, /between 0\.0 and 1\.0\]<\/final-score>/);
    assert.doesNotMatch(text, /criterion-[B-E]/);
    assert.match(text, /<completion>\n upon\.\n<\/completion>/);
    const two = fillTemplate(published, subject);
    assert.match(two, /criterion A-B, assign/);
    assert.match(two, /<criterion-B-score>/);
    assert.doesNotMatch(two, /criterion-[C-E]|id="[C-E]"/);
    const five = [..."ABCDE"].map((label) => ({ label, text: label }));
    const filled = fillTemplate(published, { ...subject, criteria: five });
    assert.match(filled, /criterion A-E, assign/);
    assert.match(filled, /<criterion-E-explanation>/);
  });

  it("is refused without a place for prompt, completion or criteria", () => {
    assert.throws(() => assertTemplate("{#criteria}{/criteria}{prompt}"), /no \{completion\}/);
    assert.throws(() => assertTemplate("{#criteria}{/criteria}{completion}"), /no \{prompt\}/);
    assert.throws(() => assertTemplate("{prompt}{completion}"), /no \{#criteria\}/);
    assertTemplate('<criterion id="A"></criterion>{prompt}{completion}');
  });
});
