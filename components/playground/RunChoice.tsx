import { PlanView } from "./PlanView.tsx";
import { PresetPicker } from "./PresetPicker.tsx";
import { RecipeParts } from "./RecipeParts.tsx";
import type { Bench, Offer } from "./use_bench.ts";

/** What to train next: a preset to begin with, every field of it, what it costs here, its name. */
export function RunChoice({ offer, bench }: { offer: Offer; bench: Bench }) {
  const { draft, sources, speed, busy } = bench;
  return (
    <section id="choose">
      <h2>Train a model</h2>
      <PresetPicker
        presets={offer.presets}
        {...speed}
        chosen={bench.chosen}
        disabled={busy}
        onChoose={bench.choose}
      />
      <RecipeParts
        {...{ draft, fields: offer.fields, tokenizers: offer.tokenizers }}
        choices={sources.sources}
        disabled={busy}
        onText={sources.addText}
      />
      <Start bench={bench} />
    </section>
  );
}

function Start({ bench }: { bench: Bench }) {
  const { draft, speed, busy, kept } = bench;
  return (
    <div class="panel start">
      <PlanView {...{ draft, speed, busy }} />
      <div class="field">
        <label for="run-name">Name of the run</label>
        <input
          id="run-name"
          value={bench.name}
          maxLength={60}
          disabled={busy}
          onInput={(event) => bench.setName(event.currentTarget.value)}
        />
      </div>
      <p class="actions">
        <button
          class="button"
          type="button"
          disabled={busy || kept.runs === null || draft.plan === null}
          onClick={() => void bench.beginDraft()}
        >
          {busy ? "A run is at work" : "Train it in this tab"}
        </button>
      </p>
    </div>
  );
}
