import type { Chain } from "../lib/verification/types.ts";
import { formatInteger } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

const AROUND = 4;

/** The checkpoints of a run. With `divergentStep`, only those around it, and how each compared. */
export function ChainView({ chain, divergentStep = null, compared = null }: {
  chain: Chain;
  divergentStep?: number | null;
  /** Leaves a replay compared, or null when this is no report. */
  compared?: number | null;
}) {
  const rows = chain.leaves.map((leaf, index) => ({ leaf, index, step: chain.leafSteps[index] }));
  const at = rows.findIndex((row) => row.step === divergentStep);
  const shown = at < 0 ? rows : rows.slice(Math.max(0, at - AROUND), at + AROUND + 1);
  return (
    <TableBox label="Checkpoints">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col" class="num">Checkpoint</th>
            <th scope="col" class="num">Step</th>
            <th scope="col">Hash claimed by the file</th>
            {compared !== null && <th scope="col">Replay</th>}
          </tr>
        </thead>
        <tbody>
          {shown.map(({ leaf, index, step }) => (
            <tr key={index} class={index === at ? "differs" : undefined}>
              <td class="num" data-label="Checkpoint">{index}</td>
              <td class="num" data-label="Step">{formatInteger(step)}</td>
              <td>
                <code class="digest">{leaf}</code>
              </td>
              {compared !== null && (
                <td class="nowrap" data-label="Replay">{comparison(index, at, compared)}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function comparison(index: number, divergentIndex: number, compared: number): string {
  if (index === divergentIndex) return "≠ differs";
  if (divergentIndex >= 0 && index > divergentIndex) return "not compared";
  return index < compared ? "= same" : "not compared";
}
