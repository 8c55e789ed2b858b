// Runs the replay of a job's folder in another JavaScript engine, and sees to its end.

import type { ChildOptions, ChildOutcome } from "../job_child.ts";
import { runChild } from "../job_child.ts";
import { bundled } from "./bundled.ts";
import type { OtherEngine } from "./other_engine.ts";
import { replayInFirefox } from "./replay_in_firefox.ts";

/** In the job's folder. */
const SCRIPT = "replay.mjs";

/** As runChild: what the replay says, or how it ended. */
export async function runElsewhere(
  { kind, path }: OtherEngine,
  options: ChildOptions,
): Promise<ChildOutcome> {
  if (kind === "firefox") return await replayInFirefox(path, options);
  const script = `${options.folder}/${SCRIPT}`;
  await Deno.writeTextFile(
    script,
    await bundled(new URL("command_line.ts", import.meta.url), "node"),
  );
  return await runChild({ ...options, command: [path, script, options.folder] });
}
