import { formatProbability, tokenLabel, tokenWords } from "./token_text.ts";

export interface Bar {
  bytes: readonly number[];
  /** Between 0 and 1. */
  share: number;
  marked?: boolean;
  /** Beside the token, where the token alone would not tell which. */
  remark?: string;
}

/** Tokens with a bar each: what may come next, or where a head looks. */
export function ChoiceBars({ label, bars, heading = "Token", figure }: {
  label: string;
  bars: readonly Bar[];
  heading?: string;
  figure: string;
}) {
  return (
    <table class="choices-table" aria-label={label}>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">{heading}</th>
          <th scope="col">{figure}</th>
          <th scope="col">As a bar</th>
        </tr>
      </thead>
      <tbody>
        {bars.map(({ bytes, share, marked, remark }, i) => (
          <tr key={i} class={marked ? "chosen" : undefined}>
            <th scope="row">
              <code aria-hidden="true">{tokenLabel(bytes)}</code>
              <span class="visually-hidden">
                {tokenWords(bytes)}
                {marked && ", the one that came"}
              </span>
              {remark && <small class="muted">{remark}</small>}
            </th>
            <td class="num">{formatProbability(share)}</td>
            <td class="bar" aria-hidden="true">
              <svg width="100%" height="8">
                <rect width={`${(100 * share).toFixed(2)}%`} height="8" rx="2" />
              </svg>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
