import { useState } from "preact/hooks";
import type { Look } from "../../lib/inspect/look.ts";
import type { TensorLook } from "../../lib/inspect/weights.ts";
import { AttentionView } from "./AttentionView.tsx";
import { ChoiceBars } from "./ChoiceBars.tsx";
import { formatInteger } from "../format.ts";
import { LensTable } from "./LensTable.tsx";
import { tokenLabel } from "./token_text.ts";
import { TokenStrip } from "./TokenStrip.tsx";
import { WeightTable } from "./WeightTable.tsx";

/** Everything a look inside found; one token of the text is chosen for all of it. */
export function LookResult({ look, weights }: { look: Look; weights: TensorLook[] | null }) {
  const [chosen, onChoose] = useState(look.tokens.length - 1);
  return (
    <div data-look>
      <ReadText {...{ look, chosen, onChoose }} />
      <Next {...{ look, chosen }} />
      <section>
        <h2>Logit lens</h2>
        <p class="prose">
          What the model would say if it ended early: the output head reads the stream after each
          block. The stronger the colour, the surer. The top row is what the model says.
        </p>
        <LensTable {...{ look, chosen, onChoose }} />
      </section>
      <section>
        <h2>Attention</h2>
        <p class="prose">
          Each head of each layer mixes what stands at earlier tokens into a token. Choose a head to
          see it large.
        </p>
        <AttentionView {...{ look, chosen, onChoose }} />
      </section>
      {weights && (
        <section>
          <h2>Weights</h2>
          <p class="prose">
            How the numbers of each tensor are spread, zero in the middle. This does not depend on
            the text. Names count blocks from 0.
          </p>
          <WeightTable tensors={weights} />
        </section>
      )}
    </div>
  );
}

function ReadText({ look: { tokens, left }, chosen, onChoose }: {
  look: Look;
  chosen: number;
  onChoose: (position: number) => void;
}) {
  return (
    <section>
      <h2>The text as the model reads it</h2>
      {left > 0 && (
        <p class="note">
          The first {formatInteger(left)}{" "}
          tokens are left out: this is as much as is shown, or as the model's context holds.
        </p>
      )}
      <p class="muted small">Choose a token: all that follows is about it.</p>
      <TokenStrip label="Tokens of the text" {...{ tokens, chosen, onChoose }} />
    </section>
  );
}

function Next({ look: { tokens, lens }, chosen }: { look: Look; chosen: number }) {
  const next = lens[lens.length - 1][chosen].map(({ bytes, probability }) => ({
    bytes,
    share: probability,
  }));
  return (
    <section>
      <h2>
        What may come after <code>{tokenLabel(tokens[chosen].bytes)}</code>
      </h2>
      <div class="panel narrow">
        <ChoiceBars label="What may come next" figure="Probability" bars={next} />
      </div>
    </section>
  );
}
