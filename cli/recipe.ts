// recipe: looks a recipe over before hours are spent on it.

import { fromUtf8 } from "../lib/bytes.ts";
import { replayLimitsFromEnv } from "../lib/config.ts";
import type { PublicProblem } from "../lib/errors.ts";
import { TinyproofError } from "../lib/errors.ts";
import { checkRecipeText, type RecipeFacts } from "../lib/verification/recipe_check.ts";
import { type Arguments, type Command, CORPUS_OPTION, JSON_OPTION, usageError } from "./command.ts";
import { openData, openEngine, readBytes } from "./host.ts";
import { note, printJson } from "./output.ts";

export const RECIPE: Command = {
  name: "recipe",
  summary: "Says everything that is wrong with a recipe, or what it costs and is known by.\n" +
    "Ends with 1 when something is wrong.",
  operands: ["check", "FILE"],
  options: { "corpus-file": CORPUS_OPTION, json: JSON_OPTION },
  example: "recipe check data/gallery/sort-6.json",
  run: checkRecipe,
};

async function checkRecipe(args: Arguments): Promise<void> {
  const [action, path] = args.positionals;
  if (action !== "check") throw usageError(RECIPE, { expected: "check", got: action });
  const text = fromUtf8(await readBytes(path));
  const { uploads } = await openData(args);
  const { digest: engine } = await openEngine(args);
  const { problems, facts } = await checkRecipeText(text, {
    ...{ engine, uploads },
    limits: replayLimitsFromEnv(Deno.env.toObject()),
  });
  if (args.flag("json")) printJson({ problems, ...facts && { facts } });
  if (facts === null) throw wrong(path, problems, args.flag("json"));
  if (!args.flag("json")) printFacts(facts);
}

function wrong(path: string, problems: PublicProblem[], brief: boolean): TinyproofError {
  const rest = problems.slice(1);
  if (!brief) {
    for (const { message, fix } of rest) note(`${message}. ${fix ?? ""}`);
  }
  const { message, expected, got, fix } = problems[0];
  const more = rest.length === 0 ? "" : ` (and ${rest.length} more)`;
  return new TinyproofError(`${path}: ${message}${more}`, { expected, got, fix });
}

function printFacts(facts: RecipeFacts): void {
  const { parameters, trainingTokens, trainingFlops, memoryBytes, flopsShare } = facts;
  const lines = {
    parameters,
    tokens: trainingTokens,
    FLOPs: trainingFlops,
    budget: `${(100 * flopsShare).toPrecision(3)} % of a replay's operations`,
    memory: `${Math.ceil(memoryBytes / 1e6)} MB`,
    checkpoints: facts.checkpoints,
    hash: facts.hash,
    "without seed": facts.commitment,
  };
  for (const [name, value] of Object.entries(lines)) console.log(`${name.padEnd(14)}${value}`);
  for (const obstacle of facts.obstacles) note(`Note: the board could not replay it: ${obstacle}`);
  for (const field of facts.filledIn) note(`Note: ${field} was left out and is filled in`);
}
