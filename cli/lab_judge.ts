// lab judge: has a language model score a set, with a key that stays here.

import {
  type Endpoint,
  endpointSchema,
  type Price,
  PROTOCOLS,
  USUAL_ADDRESS,
} from "../lib/lab/judge/endpoint.ts";
import type { BegunRun, OutcomeDraft } from "../lib/lab/judge/protocol.ts";
import type { JudgeProgress } from "../lib/lab/judge/run.ts";
import { judgeSet, type OutcomeKeep } from "../lib/lab/judge/session.ts";
import { utf8 } from "../lib/bytes.ts";
import { ValidationError } from "../lib/errors.ts";
import { parseDocument } from "../lib/verification/schema.ts";
import { type Arguments, type Command, JSON_OPTION } from "./command.ts";
import { writeWhole } from "./host.ts";
import { note, printJson, ProgressBar } from "./output.ts";
import { callServer, SERVER_OPTION } from "./server.ts";

const KEY_VARIABLE = "TINYPROOF_JUDGE_KEY";

export const LAB_JUDGE: Command = {
  name: "lab judge",
  summary:
    "Has a language model score a set. Its key comes from TINYPROOF_JUDGE_KEY and goes to\n" +
    "its endpoint alone; the board's own key is in TINYPROOF_KEY. The same command goes on with\n" +
    "what is left, and asks again what failed.",
  operands: ["SET"],
  options: {
    server: SERVER_OPTION,
    protocol: { type: "string", value: "P", help: `${PROTOCOLS.join(", ")}; required` },
    model: { type: "string", value: "NAME", help: "as the endpoint calls it; required" },
    base: { type: "string", value: "URL", help: "the endpoint (that of the protocol's maker)" },
    template: {
      type: "string",
      value: "T",
      help: "SLUG, SLUG@VERSION or id of what it is asked (tinyscalelab)",
    },
    temperature: { type: "string", value: "T", help: '0 to 2, or "none" to leave it out (0)' },
    "max-tokens": { type: "string", value: "N", help: "most tokens of an answer (2000)" },
    concurrency: { type: "string", value: "N", help: "questions at a time (4)" },
    retries: { type: "string", value: "N", help: "further tries of a question (4)" },
    timeout: { type: "string", value: "S", help: "seconds until a try is given up (120)" },
    "price-in": { type: "string", value: "X", help: "of a million tokens of questions" },
    "price-out": { type: "string", value: "X", help: "of a million tokens of answers" },
    "max-cost": { type: "string", value: "X", help: "begin no question once that is spent" },
    keep: { type: "string", value: "DIR", help: "where answers are until the board has them (.)" },
    json: JSON_OPTION,
  },
  example: "lab judge c4hn8wfz3rvp --protocol anthropic --model claude-haiku-4-5",
  run: judge,
};

async function judge(args: Arguments): Promise<void> {
  const [setId] = args.positionals;
  const endpoint = endpointOf(args);
  const price = priceOf(args);
  const templateId = await templateOf(args);
  const bar = new ProgressBar(args.flag("json"));
  const begin = { templateId, protocol: endpoint.protocol, model: endpoint.model };
  let begun: BegunRun | undefined;
  const { end, progress } = await judgeSet({
    endpoint,
    key: Deno.env.get(KEY_VARIABLE) ?? "",
    fetch,
    timeoutMs: 1000 * args.number("timeout", 120, { min: 1, max: 3600 }),
    retries: args.number("retries", 4, { min: 0, max: 20, integer: true }),
    firstWaitMs: 1000,
    wait: (ms, signal) => waitFor(ms, signal),
    concurrency: args.number("concurrency", 4, { min: 1, max: 64, integer: true }),
    price,
    mostCost: args.text("max-cost") === undefined
      ? null
      : args.number("max-cost", 0, { min: 0, max: 1e6 }),
    newKey: () => crypto.randomUUID(),
    board: {
      begin: () =>
        callServer(args, `lab/sets/${encodeURIComponent(setId)}/judge-runs`, post(begin)),
      send: (runId, outcomes) =>
        callServer(args, `lab/judge-runs/${runId}/outcomes`, post({ outcomes })),
    },
    keep: fileKeep(args.text("keep") ?? "."),
    onBegun: (run) => begun = run,
    onProgress: ({ done, total, cost }) =>
      bar.update(total === 0 ? 1 : done / total, cost === null ? "asking" : `${cost.toFixed(4)}`),
  });
  const run = await callServer(args, `lab/judge-runs/${begun!.id}`);
  if (args.flag("json")) return printJson({ end, asked: progress, run });
  printRun(end, progress, run);
}

function post(body: unknown): RequestInit {
  const headers = { "content-type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body) };
}

/** @throws {UsageError | ValidationError} */
function endpointOf(args: Arguments): Endpoint {
  const protocol = args.choice("protocol", PROTOCOLS);
  args.required("protocol");
  const temperature = args.text("temperature");
  return parseDocument(endpointSchema, {
    protocol,
    baseUrl: args.text("base") ?? USUAL_ADDRESS[protocol!],
    model: args.required("model"),
    temperature: temperature === "none" ? null : args.number("temperature", 0, { min: 0, max: 2 }),
    maxTokens: args.number("max-tokens", 2000, { min: 16, max: 32_768, integer: true }),
  }, "endpoint");
}

/** Null unless both are told. */
function priceOf(args: Arguments): Price | null {
  if (args.text("price-in") === undefined || args.text("price-out") === undefined) return null;
  const range = { min: 0, max: 1e6 };
  return { input: args.number("price-in", 0, range), output: args.number("price-out", 0, range) };
}

async function templateOf(args: Arguments): Promise<string> {
  const wanted = args.text("template") ?? "tinyscalelab";
  const { templates } = await callServer(args, "lab/templates");
  const [slug, version] = wanted.split("@");
  const found = templates.find((
    template: { id: string; slug: string; version: number },
  ) =>
    template.id === wanted ||
    (template.slug === slug && (version === undefined || String(template.version) === version))
  );
  if (found) return found.id;
  throw new ValidationError(`There is no template ${wanted}`, {
    expected: templates.map((each: { slug: string; version: number }) =>
      `${each.slug}@${each.version}`
    ).join(", ") || "a template on that server",
    got: wanted,
    fix: "Name one of those, or make one on the set's page Judge.",
  });
}

/** Answers that the server has not taken yet, in a file for each run. */
function fileKeep(folder: string): OutcomeKeep {
  const pathOf = (runId: string) => `${folder}/judge-${runId}.unsent.json`;
  let last: Promise<unknown> = Promise.resolve();
  const read = async (runId: string): Promise<OutcomeDraft[]> => {
    try {
      return JSON.parse(await Deno.readTextFile(pathOf(runId)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  };
  /** One after the other: several answers come at the same time. */
  const change = (runId: string, what: (held: OutcomeDraft[]) => OutcomeDraft[]): Promise<void> => {
    const next = last.catch(() => {}).then(async () => {
      const held = what(await read(runId));
      if (held.length > 0) await writeWhole(pathOf(runId), [utf8(JSON.stringify(held))]);
      else await Deno.remove(pathOf(runId)).catch(() => {});
    });
    last = next;
    return next;
  };
  return {
    add: (runId, outcome) => change(runId, (held) => [...held, outcome]),
    waiting: read,
    forget: (runId, keys) => change(runId, (held) => held.filter(({ key }) => !keys.includes(key))),
  };
}

function waitFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}

interface ToldRun {
  judge: { name: string };
  progress: { scored: number; failures: { itemId: string; category: string; reason: string }[] };
  gate: {
    category: string;
    label: string;
    pairs: number;
    agreed: number;
    interval: [number, number] | null;
    verdict: string;
  }[];
}

function printRun(end: string, progress: JudgeProgress, { judge, progress: kept, gate }: ToldRun) {
  const { inputTokens, outputTokens } = progress.usage;
  const cost = progress.cost === null ? "" : `, cost ${progress.cost.toFixed(4)}`;
  note(
    `${end}: ${progress.done} of ${progress.total} asked, ` +
      `${inputTokens} + ${outputTokens} tokens${cost}`,
  );
  console.log(`${judge.name} (a judge, no person): ${kept.scored} questions scored`);
  for (const { itemId, category, reason } of kept.failures) {
    console.log(`  no score: ${category} of ${itemId}: ${reason}`);
  }
  for (const { category, label, pairs, agreed, interval, verdict } of gate) {
    const range = interval && interval.map((share) => `${(100 * share).toFixed(0)} %`).join(" to ");
    console.log(
      `  ${category} ${label}: ${agreed} of ${pairs} as people${range ? ` (${range})` : ""}: ` +
        verdict,
    );
  }
}
