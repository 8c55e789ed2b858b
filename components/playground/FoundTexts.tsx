import { fromUtf8 } from "../../lib/bytes.ts";
import type { FoundText } from "../../workers/score_protocol.ts";

/** Every text that beam search found, the best first. */
export function FoundTexts({ texts }: { texts: FoundText[] }) {
  if (texts.length < 2) return null;
  return (
    <details>
      <summary>
        All texts found <span class="muted">{texts.length}, by nats per token</span>
      </summary>
      <ol class="inside found-texts">
        {texts.map(({ bytes, score }, i) => (
          <li key={i}>
            <span class="muted small">{score.toFixed(4).replace("-", "−")}</span>
            <span class="sample">{fromUtf8(Uint8Array.from(bytes))}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}
