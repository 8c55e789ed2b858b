import { useEffect, useRef } from "preact/hooks";
import type { Look, ShownChoice } from "../../lib/inspect/look.ts";
import { TableBox } from "../TableBox.tsx";
import { formatProbability, tokenLabel } from "./token_text.ts";

const SHADES = 9;

/** "the embeddings alone", "after block 2", "the model". */
export function depthName(depth: number, layers: number): string {
  if (depth === layers) return "the model";
  return depth === 0 ? "embeddings" : `after block ${depth}`;
}

/** What each position would be followed by if the model ended earlier: the model itself on top. */
export function LensTable({ look: { tokens, lens }, chosen, onChoose }: {
  look: Look;
  chosen: number;
  onChoose: (position: number) => void;
}) {
  const layers = lens.length - 1;
  const heading = useRef<HTMLTableCellElement>(null);
  useEffect(() => showColumn(heading.current!), [chosen]);
  const depths = lens.map((_, depth) => layers - depth);
  return (
    <TableBox label="Likeliest next token at each position, by depth">
      <table class="lens">
        <thead>
          <tr>
            <th scope="col">Read after</th>
            {tokens.map(({ bytes }, at) => {
              const mark = at === chosen ? { ref: heading, class: "chosen" } : {};
              return (
                <th key={at} scope="col" {...mark}>
                  <code>{tokenLabel(bytes)}</code>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody onClick={(event) => onChoose(columnOf(event.target as HTMLElement, chosen))}>
          {depths.map((depth) => (
            <tr key={depth}>
              <th scope="row">{depthName(depth, layers)}</th>
              {lens[depth].map(([best], at) => (
                <LensCell key={at} best={best} isChosen={at === chosen} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function LensCell({ best, isChosen }: { best: ShownChoice; isChosen: boolean }) {
  const shade = `heat-${Math.round(SHADES * best.probability)}`;
  return (
    <td class={isChosen ? `${shade} chosen` : shade} title={formatProbability(best.probability)}>
      <code>{tokenLabel(best.bytes)}</code>
      <span class="visually-hidden">{formatProbability(best.probability)}</span>
    </td>
  );
}

/** The position whose column holds `element`; `otherwise` in the first one. */
function columnOf(element: HTMLElement, otherwise: number): number {
  const cell = element.closest("td");
  return cell ? cell.cellIndex - 1 : otherwise;
}

/** Scrolls a wide table, and not the page, until the column is in its middle. */
function showColumn(heading: HTMLTableCellElement): void {
  const box = heading.closest(".table-box")!;
  box.scrollLeft = heading.offsetLeft - (box.clientWidth - heading.offsetWidth) / 2;
}
