import type { Look } from "../../lib/inspect/look.ts";
import { tokenLabel, tokenWords } from "./token_text.ts";
import { roving } from "./use_roving.ts";

/** Shades of a token, from none to full. */
const SHADES = 9;

/** The tokens of a text, of which one is chosen; `weights` between 0 and 1 shade them. */
export function TokenStrip({ label, tokens, chosen, weights, onChoose }: {
  label: string;
  tokens: Look["tokens"];
  chosen: number;
  weights?: ArrayLike<number>;
  onChoose: (position: number) => void;
}) {
  const { onKeyDown } = roving(() => {});
  // As strong as in the map: by the root of the weight.
  const shade = (at: number) =>
    weights ? ` heat-${Math.round(SHADES * Math.sqrt(weights[at] ?? 0))}` : "";
  const choose = (event: Event) => {
    const option = (event.target as HTMLElement).closest<HTMLElement>("[data-at]");
    if (option) onChoose(Number(option.dataset.at));
  };
  return (
    <div
      class="token-strip"
      role="listbox"
      aria-label={label}
      onClick={choose}
      onFocusIn={choose}
      onKeyDown={onKeyDown}
    >
      {tokens.map(({ bytes }, at) => (
        <span
          key={at}
          role="option"
          aria-selected={at === chosen}
          aria-label={`${tokenWords(bytes)}, position ${at + 1}`}
          tabIndex={at === chosen ? 0 : -1}
          data-at={at}
          class={`token${shade(at)}`}
        >
          {tokenLabel(bytes)}
        </span>
      ))}
    </div>
  );
}
