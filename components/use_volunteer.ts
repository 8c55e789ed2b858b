// What a volunteering tab does, one model or segment of a run after the other: fetch, replay, sign, publish.

import { useEffect, useRef, useState } from "preact/hooks";
import { isaOf, runtimeOf } from "../lib/verification/browser_runtime.ts";
import type { PublicSegment } from "../lib/verification/public_segments.ts";
import type { ClaimedScore } from "../lib/verification/rescore.ts";
import { drawNonce, type EndedReplay, mayPublish, tabSegment } from "./ended_replay.ts";
import { siteAddress } from "./site_root.ts";
import { openTabEngine, type TabEngine } from "./tab_engine.ts";
import type { TabProgress } from "./use_tab_engine.ts";
import { visitorKey } from "./visitor_key.ts";

interface Wanted {
  entryId: string;
  name: string;
  file: string;
  modelDigest: string;
  claimedScores: ClaimedScore[];
  /** A part of its run; null for all of it. */
  segment: PublicSegment | null;
}

export interface DoneReplay {
  entryId: string;
  name: string;
  /** As `Wanted`. */
  segment: PublicSegment | null;
  verdict: string;
  wallMs: number;
  /** What the board said: "published", or why not. */
  outcome: string;
}

/** "resting" waits for models that want a replay, "ending" for the present one to end. */
export type VolunteerState = "idle" | "working" | "ending" | "resting";

/** How long to rest when nothing is wanted, or when the board does not answer. */
const REST_MS = 5 * 60_000;

export function useVolunteer() {
  const [state, setState] = useState<VolunteerState>("idle");
  const [current, setCurrent] = useState<Wanted | null>(null);
  const [progress, setProgress] = useState<TabProgress | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [done, setDone] = useState<DoneReplay[]>([]);
  const engine = useRef<TabEngine | null>(null);
  /** A number for each start: what belongs to an earlier one does nothing any more. */
  const turn = useRef(0);
  const goesOn = useRef(false);
  const rest = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  function halt() {
    turn.current++;
    goesOn.current = false;
    clearTimeout(rest.current);
    putAway();
    setState("idle");
  }

  function putAway() {
    engine.current?.close();
    engine.current = null;
    setCurrent(null);
    setProgress(null);
  }

  async function start(maxFlops: number) {
    const mine = ++turn.current;
    goesOn.current = true;
    setProblem(null);
    setState("working");
    try {
      while (goesOn.current && mine === turn.current) {
        const [wanted] = await fetchWanted(maxFlops);
        if (mine !== turn.current) return;
        if (wanted === undefined) return sleep(maxFlops);
        setCurrent(wanted);
        const outcome = await replayAndPublish(wanted);
        if (mine !== turn.current) return;
        setDone((before) => [outcome, ...before]);
      }
      if (mine === turn.current) halt();
    } catch (error) {
      if (mine !== turn.current) return;
      setProblem(error instanceof Error ? error.message : String(error));
      sleep(maxFlops);
    }
  }

  function sleep(maxFlops: number) {
    putAway();
    setState("resting");
    rest.current = setTimeout(() => start(maxFlops), REST_MS);
  }

  async function replayAndPublish(wanted: Wanted): Promise<DoneReplay> {
    const nonce = await drawNonce(wanted.entryId, wanted.segment);
    engine.current?.close();
    engine.current = openTabEngine(siteAddress(wanted.file));
    const ended = await replay(engine.current, wanted, nonce, setProgress);
    const { entryId, name, segment } = wanted;
    const { verdict, cost: { wallMs } } = ended.result;
    return { entryId, name, segment, verdict, wallMs, outcome: await outcomeOf(ended) };
  }

  function pause() {
    if (state === "resting") return halt();
    goesOn.current = false;
    setState("ending");
  }

  useEffect(() => halt, []);
  return { state, current, progress, problem, done, start, pause, halt };
}

async function replay(
  engine: TabEngine,
  { entryId, modelDigest, claimedScores, segment: part }: Wanted,
  nonce: string | null,
  onProgress: (progress: TabProgress) => void,
): Promise<EndedReplay> {
  const { promise, resolve } = Promise.withResolvers<EndedReplay>();
  const request = { type: "replay" as const, claimedScores, segment: tabSegment(part) };
  await engine.request(request, (reply) => {
    if (reply.type === "progress") onProgress(reply);
    if (reply.type !== "replayed") return;
    const { result, openings } = reply;
    resolve({ entryId, modelDigest, nonce, part, result, openings });
  });
  return await promise;
}

async function outcomeOf(ended: EndedReplay): Promise<string> {
  if (!mayPublish(ended)) return "nothing to sign";
  try {
    // With what signs: it outweighs the page, and most who read it lend nothing.
    const { publishConfirmation } = await import("./publish_confirmation.ts");
    const { replayAsked } = await publishConfirmation(ended);
    return replayAsked ? "published; the board looks again" : "published";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function fetchWanted(maxFlops: number): Promise<Wanted[]> {
  const { keyid } = await visitorKey();
  const { engineFamily } = runtimeOf(navigator.userAgent);
  const isa = await isaOf(navigator);
  const query = new URLSearchParams({ engineFamily, isa, keyid, maxFlops: String(maxFlops) });
  const response = await fetch(siteAddress(`/api/v1/confirmations/wanted?${query}`));
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer.entries;
}
