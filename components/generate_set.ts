// Completes the prompts of a set with a model in this tab, and hands the result to the board.

import { fromUtf8 } from "../lib/bytes.ts";
import { sha256Hex } from "../lib/hash.ts";
import { completeAll, decodingOf, type SearchOptions } from "../lib/lab/generate/completions.ts";
import type { Prompt } from "../lib/lab/types.ts";
import type { ModelSource, TabReply, TabRequest } from "../workers/score_protocol.ts";

export interface Wanted {
  promptSetId: string;
  rubricId: string;
  model: string;
  into: string;
  search: SearchOptions;
}

/** The fields of the form. */
export function readWanted(form: HTMLFormElement): Wanted {
  const fields = Object.fromEntries(new FormData(form)) as Record<string, string>;
  return {
    promptSetId: fields.promptSetId,
    rubricId: fields.rubricId,
    model: fields.model.trim(),
    into: fields.into.trim(),
    search: {
      beams: Number(fields.beams),
      minTokens: Math.min(Number(fields.minTokens), Number(fields.maxTokens)),
      maxTokens: Number(fields.maxTokens),
      endToken: fields.endToken === "" ? null : Number(fields.endToken),
    },
  };
}

type Run = (request: TabRequest, onReply: (reply: TabReply) => void) => Promise<void>;

/**
 * The path of the set that was made.
 * @throws {Error} with the board's reason.
 */
export async function generateSet(
  source: ModelSource,
  wanted: Wanted,
  { run, onDone }: { run: Run; onDone: (done: number, total: number) => void },
): Promise<string> {
  const prompts = await promptsOf(wanted.promptSetId);
  const { endToken, ...search } = wanted.search;
  const method = { name: "beams" as const, ...search, ...endToken !== null && { endToken } };
  let parameters: number | null = null;
  const completions = await completeAll(prompts, async (prompt) => {
    let text: string | null = null;
    await run({ type: "generate", prompt, method }, (reply) => {
      if (reply.type === "loaded") parameters = reply.parameters;
      if (reply.type === "found") text = fromUtf8(Uint8Array.from(reply.texts[0]?.bytes ?? []));
    });
    // Why is said beside the form.
    if (text === null) throw new Error("The engine stopped before the end: nothing was sent");
    return text;
  }, (done) => onDone(done, prompts.length));
  const bytes = typeof source === "string"
    ? await (await fetch(source)).arrayBuffer()
    : await source.arrayBuffer();
  const answer = await post({
    ...{ promptSetId: wanted.promptSetId, rubricId: wanted.rubricId, into: wanted.into || null },
    fileDigest: await sha256Hex(new Uint8Array(bytes)),
    model: { name: wanted.model, parameters },
    decoding: decodingOf(wanted.search),
    completions,
  });
  return answer.url;
}

async function promptsOf(id: string): Promise<Prompt[]> {
  const { promptSets } = await (await fetch("/api/v1/lab/prompt-sets")).json();
  return promptSets.find((set: { id: string }) => set.id === id).prompts;
}

async function post(body: unknown): Promise<{ url: string }> {
  const response = await fetch("/api/v1/lab/generated", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const { message, got, fix } = answer.error ??
    { message: `The board answered ${response.status}` };
  throw new Error([message, got, fix].filter(Boolean).join(". "));
}
