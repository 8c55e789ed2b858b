// Completions of a run in a file, line by line: a run that was killed goes on after them.

import { ValidationError } from "../lib/errors.ts";
import { type Completion, completionSchema } from "../lib/lab/generate/completions.ts";

const PROGRAM = "tinyproof lab generate";

export interface KeptCompletions {
  readonly path: string;
  /** By the id of the prompt. */
  readonly done: ReadonlyMap<string, string>;
  /** Resolves when it is on the disk. */
  add(completion: Completion): Promise<void>;
  remove(): Promise<void>;
  close(): void;
}

/**
 * Opens what an earlier run left, or begins anew. The first line says of which run it is; a last line
 * that was cut in the middle does not count.
 *
 * @param run digest of everything a completion follows from.
 * @throws {ValidationError} when the file is another one.
 */
export async function openKept(path: string, run: string): Promise<KeptCompletions> {
  const text = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const [first, ...rest] = whole.split("\n").filter((line) => line !== "");
  if (text !== "") mustBe(path, first, run);
  const done = new Map(rest.map((line) => {
    const { promptId, text } = completionSchema.parse(JSON.parse(line));
    return [promptId, text];
  }));
  const kept = first === undefined ? `${JSON.stringify({ program: PROGRAM, run })}\n` : whole;
  await Deno.writeTextFile(path, kept);
  const file = await Deno.open(path, { append: true });
  return {
    path,
    done,
    async add(completion) {
      const bytes = new TextEncoder().encode(`${JSON.stringify(completion)}\n`);
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      await file.syncData();
      done.set(completion.promptId, completion.text);
    },
    remove: () => Deno.remove(path),
    close: () => file.close(),
  };
}

function mustBe(path: string, first: string | undefined, run: string): void {
  let head: { program?: unknown; run?: unknown } = {};
  try {
    head = Object(JSON.parse(first ?? ""));
  } catch {
    // No file of ours.
  }
  if (head.program === PROGRAM && head.run === run) return;
  throw new ValidationError(`${path} holds something else`, {
    path: "out",
    expected: "completions of the same model and prompts by the same search, or no file",
    got: head.program === PROGRAM ? "those of another run" : "another kind of file",
    fix: "Remove it, or name another folder with --keep.",
  });
}
