import type { Look } from "../../lib/inspect/look.ts";
import { tokenLabel, tokenWords } from "./token_text.ts";
import { roving } from "./use_roving.ts";

/** Shades of a token, from none to full. */
const SHADES = 9;

/** The tokens of a text, of which one is chosen; `weights` shade them, the largest the darkest. */
export function TokenStrip({ label, tokens, chosen, weights, onChoose }: {
  label: string;
  tokens: Look["tokens"];
  chosen: number;
  weights?: ArrayLike<number>;
  onChoose: (position: number) => void;
}) {
  const { onKeyDown } = roving(() => {});
  const most = weights ? Math.max(...Array.from(weights)) : 0;
  const shade = (at: number) =>
    weights && most > 0 ? ` heat-${Math.round(SHADES * (weights[at] ?? 0) / most)}` : "";
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
