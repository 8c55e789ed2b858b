import { useState } from "preact/hooks";
import type { Look } from "../../lib/inspect/look.ts";
import { AttentionMap } from "./AttentionMap.tsx";
import { ChoiceBars } from "./ChoiceBars.tsx";
import { TableBox } from "../TableBox.tsx";
import { formatProbability, tokenLabel } from "./token_text.ts";
import { TokenStrip } from "./TokenStrip.tsx";

/** Tokens listed of those a head looks at. */
const LISTED = 6;

interface Props {
  look: Look;
  chosen: number;
  onChoose: (position: number) => void;
}

/** Every head of every layer as a small map, and one of them large. */
export function AttentionView({ look, chosen, onChoose }: Props) {
  const { attention, tokens } = look, n = tokens.length;
  const [at, setAt] = useState<HeadPlace>({ layer: 0, head: 0 });
  const map = attention[at.layer][at.head];
  return (
    <>
      <Heads {...{ look, at }} onChoose={setAt} />
      <div class="grid-2 one-head">
        <figure>
          <h3>Head {at.head + 1} of layer {at.layer + 1}</h3>
          <div class="large-map" onClick={(event) => onChoose(rowAt(event, n))}>
            <AttentionMap
              map={map}
              n={n}
              chosen={chosen}
              label={`Head ${at.head + 1} of layer ${at.layer + 1}, a row for each token`}
            />
          </div>
          <figcaption>
            A row is a token, from the first on top; a column is what it looks at, the stronger the
            more (as the root of the weight). The chosen token has a colour of its own.
          </figcaption>
        </figure>
        <HeadDetails {...{ look, chosen, onChoose, map }} />
      </div>
      <FirstLooks look={look} chosen={chosen} />
    </>
  );
}

interface HeadPlace {
  layer: number;
  head: number;
}

function Heads({ look: { attention, tokens }, at, onChoose }: {
  look: Look;
  at: HeadPlace;
  onChoose: (at: HeadPlace) => void;
}) {
  return (
    <div class="heads">
      {attention.map((heads, layer) => (
        <div key={layer} class="layer" role="group" aria-label={`Layer ${layer + 1}`}>
          <span class="muted small">Layer {layer + 1}</span>
          {heads.map((map, head) => (
            <button
              key={head}
              type="button"
              class="head"
              aria-pressed={layer === at.layer && head === at.head}
              onClick={() => onChoose({ layer, head })}
            >
              <AttentionMap
                {...{ map, n: tokens.length }}
                label={`Head ${head + 1} of layer ${layer + 1}`}
              />
            </button>
          ))}
        </div>
      ))}
    </div>
  );
}

/** The row of a map of n rows that was pressed. */
function rowAt(event: MouseEvent, n: number): number {
  const { top, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return Math.min(n - 1, Math.max(0, Math.floor((event.clientY - top) / height * n)));
}

/** Where the chosen token looks, with this head: as shaded text and as figures. */
function HeadDetails({ look, chosen, onChoose, map }: Props & { map: Float32Array }) {
  const { tokens } = look, n = tokens.length;
  const weights = map.subarray(chosen * n, chosen * n + chosen + 1);
  const order = [...weights.keys()].sort((a, b) => weights[b] - weights[a] || a - b);
  const bar = (position: number) => ({
    bytes: tokens[position].bytes,
    share: weights[position],
    remark: `at ${position + 1}`,
  });
  return (
    <div>
      <h3>
        Where <code>{tokenLabel(tokens[chosen].bytes)}</code>{" "}
        <span class="muted">at {chosen + 1}</span> looks
      </h3>
      <TokenStrip
        label="The text, shaded by what the chosen token looks at"
        {...{ tokens, chosen, weights, onChoose }}
      />
      <ChoiceBars
        label="What the chosen token looks at most"
        figure="Weight"
        bars={order.slice(0, LISTED).map(bar)}
      />
    </div>
  );
}

/** For the chosen token what every head looks at most: all maps as one table. */
function FirstLooks({ look: { attention, tokens }, chosen }: Pick<Props, "look" | "chosen">) {
  const n = tokens.length;
  return (
    <details>
      <summary>
        What each head looks at most <span class="muted">as a table, for the chosen token</span>
      </summary>
      <TableBox label="What each head looks at most">
        <table>
          <thead>
            <tr>
              <th scope="col" class="num">Layer</th>
              <th scope="col" class="num">Head</th>
              <th scope="col">Token</th>
              <th scope="col" class="num">Position</th>
              <th scope="col" class="num">Weight</th>
            </tr>
          </thead>
          <tbody>
            {attention.flatMap((heads, layer) =>
              heads.map((map, head) => {
                const row = map.subarray(chosen * n, (chosen + 1) * n);
                return <FirstLook key={`${layer} ${head}`} {...{ layer, head, row, tokens }} />;
              })
            )}
          </tbody>
        </table>
      </TableBox>
    </details>
  );
}

function FirstLook({ layer, head, row, tokens }: HeadPlace & {
  /** Its weights over the tokens. */
  row: Float32Array;
  tokens: Look["tokens"];
}) {
  const most = row.indexOf(Math.max(...row));
  return (
    <tr>
      <td class="num">{layer + 1}</td>
      <td class="num">{head + 1}</td>
      <th scope="row">
        <code>{tokenLabel(tokens[most].bytes)}</code>
      </th>
      <td class="num">{most + 1}</td>
      <td class="num">{formatProbability(row[most])}</td>
    </tr>
  );
}
