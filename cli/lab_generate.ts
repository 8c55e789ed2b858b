// lab generate: completes every prompt of a set with a model file; the result is a set to score.

import { requireTokenizer } from "../lib/benchmarks/model.ts";
import { MOST_BEAMS } from "../lib/engine/beam_search.ts";
import { NotFoundError, ValidationError } from "../lib/errors.ts";
import { parameterCount } from "../lib/format/config.ts";
import { sha256Hex } from "../lib/hash.ts";
import {
  type Complete,
  completeAll,
  completer,
  type Completion,
  decodingOf,
  PUBLISHED_DECODING,
  type SearchOptions,
} from "../lib/lab/generate/completions.ts";
import type { JoinableSet, PromptSet } from "../lib/lab/types.ts";
import { canonicalDigest } from "../lib/verification/canonical.ts";
import { type Arguments, type Command, JSON_OPTION, THREADS_OPTION } from "./command.ts";
import { openModel, readBytes } from "./host.ts";
import { type KeptCompletions, openKept } from "./lab_kept.ts";
import { note, printJson, ProgressBar } from "./output.ts";
import { callServer, SERVER_OPTION } from "./server.ts";

const { beams: BEAMS, minTokens: LEAST, maxTokens: MOST } = PUBLISHED_DECODING;

export const LAB_GENERATE: Command = {
  name: "lab generate",
  summary:
    "Completes every prompt of a set with a model, by beam search, and sends the result: a\n" +
    "set to score. Without further options it decodes as the published runs did. Each completion\n" +
    "is written down as it is made: stop it at any moment, and the same command goes on.",
  operands: ["FILE"],
  options: {
    server: SERVER_OPTION,
    prompts: { type: "string", value: "ID", help: "the prompts (the newest set of them)" },
    rubric: { type: "string", value: "ID", help: "id or slug of what to score by (tinyscalelab)" },
    into: { type: "string", value: "SET", help: "name or id of a set of yours that it joins" },
    name: { type: "string", value: "TEXT", help: "what the set is called" },
    model: { type: "string", value: "TEXT", help: "what the model is called (the file's name)" },
    beams: { type: "string", value: "N", help: `beams of the search (${BEAMS})` },
    "min-tokens": {
      type: "string",
      value: "N",
      help: `tokens before the end token (${LEAST}, as far as --max-tokens lets)`,
    },
    "max-tokens": { type: "string", value: "N", help: `most tokens (${MOST})` },
    "end-token": { type: "string", value: "ID", help: "ends a text; none unless given" },
    keep: {
      type: "string",
      value: "DIR",
      help: "where completions are until the board has them (.)",
    },
    threads: THREADS_OPTION,
    json: JSON_OPTION,
  },
  example: "lab generate my.tinygpt --rubric tinyscalelab --name Mine",
  run: generate,
};

async function generate(args: Arguments): Promise<void> {
  const [path] = args.positionals;
  const options = searchOptions(args);
  const { promptSets, rubrics, joinable = [] } = await callServer(args, "lab/prompt-sets");
  const prompts = chosen<PromptSet>(promptSets, args.text("prompts"), "prompt set");
  const rubric = chosen(rubrics, args.text("rubric") ?? "tinyscalelab", "rubric");
  const name = args.text("model") ?? path.split(/[\\/]/).at(-1)!.replace(/\.tinygpt$/, "");
  const into = setToJoin(joinable, args.text("into"), {
    promptSetId: prompts.id,
    rubricId: rubric.id,
    model: name,
  });
  const { file, model } = await openModel(path, args);
  const fileDigest = await sha256Hex(await readBytes(path));
  const complete = completer(model, requireTokenizer(file.tokenizer), options);
  const completions = await completeKept(args, prompts, complete, { fileDigest, options });
  const answer = await callServer(args, "lab/generated", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      name: args.text("name") ?? "",
      promptSetId: prompts.id,
      rubricId: rubric.id,
      into,
      fileDigest,
      model: {
        name,
        parameters: parameterCount(file.config),
      },
      decoding: decodingOf(options),
      completions: completions.all,
    }),
  }).catch((error) => {
    note(`The completions are kept in ${completions.kept.path}: the same command sends them again`);
    throw error;
  });
  await completions.kept.remove();
  if (args.flag("json")) return printJson(answer);
  console.log(`${answer.name}: ${completions.all.length} completions`);
  console.log(`score them at ${args.text("server") ?? "http://localhost:8000"}${answer.url}/score`);
}

/** What an earlier run has not completed, and all of it in the order of the prompts. */
async function completeKept(
  args: Arguments,
  { prompts }: PromptSet,
  complete: Complete,
  run: { fileDigest: string; options: SearchOptions },
): Promise<{ all: Completion[]; kept: KeptCompletions }> {
  const digest = await canonicalDigest({ ...run, prompts });
  const path = `${args.text("keep") ?? "."}/generated-${digest.slice(0, 12)}.unsent.jsonl`;
  const kept = await openKept(path, digest);
  const before = kept.done.size;
  if (before > 0) note(`Going on after ${before} of ${prompts.length} completions`);
  const bar = new ProgressBar(args.flag("json"));
  const missing = prompts.filter(({ id }) => !kept.done.has(id));
  await completeAll(missing, complete, async (done, completion) => {
    await kept.add(completion);
    const all = before + done;
    bar.update(all / prompts.length, `${all} of ${prompts.length}`);
  });
  kept.close();
  return { kept, all: prompts.map(({ id }) => ({ promptId: id, text: kept.done.get(id)! })) };
}

function searchOptions(args: Arguments): SearchOptions {
  const whole = { min: 0, integer: true };
  const maxTokens = args.number("max-tokens", MOST, { min: 1, max: 100_000, integer: true });
  return {
    beams: args.number("beams", BEAMS, { min: 1, max: MOST_BEAMS, integer: true }),
    minTokens: args.number("min-tokens", Math.min(LEAST, maxTokens), { ...whole, max: maxTokens }),
    maxTokens,
    endToken: args.text("end-token") === undefined
      ? null
      : args.number("end-token", 0, { ...whole, max: Number.MAX_SAFE_INTEGER }),
  };
}

/** By id or slug; the first where none is named. @throws {NotFoundError} listing those there are. */
function chosen<T extends { id: string; slug?: string; name: string }>(
  all: readonly T[],
  wanted: string | undefined,
  what: string,
): T {
  const found = wanted === undefined
    ? all[0]
    : all.find(({ id, slug }) => id === wanted || slug === wanted);
  if (found) return found;
  throw new NotFoundError(`There is no ${what} ${wanted ?? "on that server"}`, {
    expected: all.map(({ id, slug, name }) => `${slug ?? id} (${name})`).join(", ") ||
      "one at least",
    got: wanted ?? "none",
    fix: "Name one of those, or import a study first: deno task cli lab import --help",
  });
}

/**
 * Before anything is computed: the id of the set of that id or name, of those that this model fits.
 *
 * @param sets of the caller, as the form offers them.
 * @throws {NotFoundError} when none is called so. @throws {ValidationError} when several are, or when
 *   the one there is takes no such model.
 */
function setToJoin(
  sets: readonly JoinableSet[],
  wanted: string | undefined,
  { promptSetId, rubricId, model }: { promptSetId: string; rubricId: string; model: string },
): string | null {
  if (wanted === undefined) return null;
  const named = sets.filter(({ id, name }) => id === wanted || name === wanted);
  const fitting = named.filter((set) =>
    set.promptSetId === promptSetId && set.rubricId === rubricId && !set.models.includes(model)
  );
  if (fitting.length === 1) return fitting[0].id;
  if (named.length === 0) {
    throw new NotFoundError(`You have no generated set ${wanted}`, {
      expected: listed(sets) || "a set that you generated; there is none of yours yet",
      got: wanted,
      fix: "Name one of those, or leave --into out: then the model begins a set of its own.",
    });
  }
  const several = fitting.length > 1;
  throw new ValidationError(
    several ? `Several sets of yours are called ${wanted}` : `${wanted} cannot take ${model}`,
    {
      path: "into",
      expected: several
        ? `the id of one of them: ${listed(fitting)}`
        : "a set of the same prompts and rubric without a model of that name",
      got: several ? wanted : listed(named),
      fix: several
        ? "Give the id instead of the name."
        : "Choose with --prompts and --rubric, or another name for the model with --model.",
    },
  );
}

function listed(sets: readonly JoinableSet[]): string {
  return sets.map(({ id, name, models }) => `${id} (${name}: ${models.join(", ")})`).join("; ");
}
