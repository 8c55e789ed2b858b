// The text that a judge is asked, made of a template, a category's criteria and one completion.
// Knows no endpoint.

import { ValidationError } from "../../errors.ts";

/** One criterion as a judge sees it. */
export interface Asked {
  /** "A", "B", …: unique in its category. */
  label: string;
  text: string;
}

export interface Subject {
  category: string;
  criteria: readonly Asked[];
  prompt: string;
  completion: string;
}

/** How the published template holds a criterion: empty, to be filled by hand. */
const EMPTY_CRITERION = /<criterion id="([A-Z])"><\/criterion>/g;
const EMPTY_LINE = /<criterion id="([A-Z])"><\/criterion>\n/g;
const SCORE_LINE = /<criterion-([A-Z])-score>.*?<\/criterion-\1-score>\n/g;
const EXPLANATION_LINES = /<criterion-([A-Z])-explanation>.*?<\/criterion-\1-explanation>\n\n?/g;
/** {#criteria} … {/criteria} stands once for each criterion, with its {label} and {text}. */
const PLACE =
  /\{#criteria\}\n?([\s\S]*?)\{\/criteria\}\n?|<criterion id="([A-Z])"><\/criterion>|\{(prompt|completion|category)\}/g;
const CRITERION_PLACE = /\{(label|text)\}/g;

/** @throws {ValidationError} when the judge would not see what it is to judge. */
export function assertTemplate(template: string): void {
  for (const place of ["{prompt}", "{completion}"]) {
    if (!template.includes(place)) refuse(place);
  }
  const hasSection = template.includes("{#criteria}") && template.includes("{/criteria}");
  if (!hasSection && template.search(EMPTY_CRITERION) < 0) {
    refuse('{#criteria}…{/criteria}, or <criterion id="A"></criterion>');
  }
}

function refuse(place: string): never {
  throw new ValidationError(`The template has no ${place}`, {
    path: "template",
    expected: `${place} somewhere in it`,
    got: "a template without it",
    fix: "Put it where the judge is to read it.",
  });
}

/**
 * Every place filled in one pass, so that nothing a model wrote is taken for a place.
 *
 * The published template is filled the way its author did by hand: criteria where it has empty ones,
 * and without the lines of the letters that the category does not have.
 */
export function fillTemplate(template: string, subject: Subject): string {
  const { criteria } = subject;
  return fitted(template, criteria).replace(PLACE, (_, section, letter, name) => {
    if (name !== undefined) return subject[name as "prompt" | "completion" | "category"];
    if (section !== undefined) return criteria.map((one) => filledSection(section, one)).join("");
    const { text } = criteria.find(({ label }) => label === letter)!;
    return `<criterion id="${letter}">${text}</criterion>`;
  });
}

function filledSection(section: string, criterion: Asked): string {
  return section.replace(CRITERION_PLACE, (_, name: "label" | "text") => criterion[name]);
}

/** The published template without the letters that a category lacks; others as they are. */
function fitted(template: string, criteria: readonly Asked[]): string {
  const letters = [...template.matchAll(EMPTY_CRITERION)].map(([, letter]) => letter);
  if (letters.length === 0) return template;
  const labels = criteria.map(({ label }) => label).sort();
  const kept = (part: string, letter: string) => labels.includes(letter) ? part : "";
  const range = labels.length === 1 ? labels[0] : `${labels[0]}-${labels[labels.length - 1]}`;
  return template
    .replace(EMPTY_LINE, kept).replace(SCORE_LINE, kept).replace(EXPLANATION_LINES, kept)
    .replaceAll(`criterion ${letters[0]}-${letters[letters.length - 1]}`, `criterion ${range}`)
    .replace("between #.# and #.#", `between 0.0 and ${labels.length}.0`);
}
