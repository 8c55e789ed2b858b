// The state of the training bench and what its buttons do.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Board, Plan } from "../../lib/playground/check.ts";
import type { FieldGroup } from "../../lib/playground/fields.ts";
import type { StoredRun } from "../../lib/playground/runs.ts";
import type { SourceChoice } from "../../lib/playground/sources.ts";
import type { Probe } from "../../lib/playground/speed.ts";
import type { Recipe } from "../../lib/verification/recipe.ts";
import type { OfferedBenchmark } from "../BenchmarkChoices.tsx";
import type { PresetView } from "./PresetPicker.tsx";
import type { TokenizerChoice } from "./TokenizerPicker.tsx";
import { useCalibration } from "./use_calibration.ts";
import { useDraft } from "./use_draft.ts";
import { useGuide } from "./use_guide.ts";
import { useRuns } from "./use_runs.ts";
import { useSources } from "./use_sources.ts";
import { interruptedRun, useTraining } from "./use_training.ts";

/** What the page is given by the server. */
export interface Offer extends Board {
  presets: PresetView[];
  probes: Probe[];
  fields: FieldGroup[];
  sources: SourceChoice[];
  tokenizers: TokenizerChoice[];
  benchmarks: OfferedBenchmark[];
  guest: boolean;
  /** What the page begins with. */
  plan: Plan;
  /** The entry whose recipe that is; else it is the first preset's. */
  from: { entry: string; name: string } | null;
}

export type Bench = ReturnType<typeof useBench>;

export function useBench(offer: Offer) {
  const draft = useDraft(offer.plan, offer);
  const sources = useSources(offer.sources, draft);
  const speed = useCalibration(offer.probes, offer.engine);
  const guide = useGuide(offer.from === null);
  const chosen = useChoice(offer, draft);
  const desk = useDesk();
  const { training, kept, goOn } = desk;
  const beginning = useRef(false);

  async function begin(recipe: Recipe, title: string, keepsStates = false): Promise<StoredRun> {
    speed.cancel();
    const { parent } = chosen;
    const run = await kept.create(title.trim() || "Run", recipe, { parent, keepsStates });
    goOn(run);
    return run;
  }

  async function beginDraft() {
    // Pressed twice it is one run.
    if (beginning.current) return;
    beginning.current = true;
    const plan = await draft.settled();
    if (plan) await begin(plan.recipe, chosen.name, plan.states?.kept);
    beginning.current = false;
  }

  /** The first use of the page measures the machine, unless a run has it. */
  const used = () => training.busy || speed.measureOnce();
  return {
    ...{ draft, sources, speed, guide, begin, beginDraft },
    ...chosen,
    ...desk,
    uses: { onPointerMove: used, onPointerDown: used, onKeyDown: used },
  };
}

/** What is to be trained next: a preset, a fork or an entry's recipe, and its name. */
function useChoice({ engine, presets: [first], from }: Offer, draft: ReturnType<typeof useDraft>) {
  const [name, setName] = useState(from ? `${from.name}, again` : first.name);
  /** Id of the preset; null when the recipe began elsewhere. */
  const [chosen, setChosen] = useState<string | null>(from ? null : first.id);
  const [parent, setParent] = useState<StoredRun["parent"]>(from && { entry: from.entry });

  function choose(preset: PresetView) {
    setChosen(preset.id);
    setName(preset.name);
    setParent(null);
    draft.set(preset.recipe);
  }

  function fork(run: StoredRun) {
    setChosen(null);
    setName(`${run.name}, fork`);
    setParent({ run: run.id });
    draft.set({ ...run.recipe, engine });
    document.getElementById("choose")?.scrollIntoView();
  }

  return { name, setName, chosen, parent, choose, fork };
}

/** The runs of this browser: the one at work, those that are kept, the one whose results are shown. */
function useDesk() {
  const [opened, setOpened] = useState<StoredRun | null>(null);
  const kept = useRuns();
  const training = useTraining(() => void kept.refresh());
  const { live } = training;

  useEffect(() => {
    // What a reload or a crash of the tab broke off goes on by itself.
    const id = interruptedRun();
    if (id) void kept.refresh().then((runs) => goOn(runs.find((run) => run.id === id)));
  }, []);
  useEffect(() => {
    if (live?.phase === "finished") setOpened(live.run);
  }, [live?.phase]);

  function goOn(run: StoredRun | undefined) {
    setOpened(null);
    if (run && !run.progress?.finished) void training.start(run);
  }

  async function remove(run: StoredRun) {
    if (opened?.id === run.id) setOpened(null);
    if (live?.run.id === run.id) training.dismiss();
    await kept.remove(run.id);
  }

  return { opened, setOpened, kept, training, live, busy: training.busy, goOn, remove };
}
