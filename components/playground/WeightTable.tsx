import type { TensorLook } from "../../lib/inspect/weights.ts";
import { formatSignificant } from "../format.ts";
import { TableBox } from "../TableBox.tsx";

const HEIGHT = 40;

/** How the weights of each tensor are spread: pictures, and the same in figures. */
export function WeightTable({ tensors }: { tensors: readonly TensorLook[] }) {
  return (
    <>
      <div class="histograms">
        {tensors.map((tensor) => (
          <figure key={tensor.name}>
            <Histogram tensor={tensor} />
            <figcaption>
              {tensor.name.replace(/\.weight$/, "")}{" "}
              <span class="muted">±{formatSignificant(tensor.reach)}</span>
            </figcaption>
          </figure>
        ))}
      </div>
      <details>
        <summary>
          As a table <span class="muted">{tensors.length} tensors</span>
        </summary>
        <TableBox label="Weights of each tensor">
          <WeightFigures tensors={tensors} />
        </TableBox>
      </details>
    </>
  );
}

/** Bars over [−reach, reach], the fullest as high as the picture; a line stands at zero. */
function Histogram({ tensor: { name, counts, mean, deviation } }: { tensor: TensorLook }) {
  const most = Math.max(...counts), bins = counts.length;
  const path = counts.map((count, i) =>
    count === 0 ? "" : `M${i} ${HEIGHT}V${(HEIGHT * (1 - count / most)).toFixed(1)}h1V${HEIGHT}z`
  ).join("");
  const figures = `mean ${formatSignificant(mean)}, deviation ${formatSignificant(deviation)}`;
  return (
    <svg
      class="histogram"
      role="img"
      aria-label={`${name}: ${figures}`}
      viewBox={`0 0 ${bins} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      <line class="grid" x1={bins / 2} x2={bins / 2} y1="0" y2={HEIGHT} />
      <path d={path} />
    </svg>
  );
}

function WeightFigures({ tensors }: { tensors: readonly TensorLook[] }) {
  return (
    <table class="stack">
      <thead>
        <tr>
          <th scope="col">Tensor</th>
          <th scope="col">Shape</th>
          <th scope="col" class="num">Mean</th>
          <th scope="col" class="num">Deviation</th>
          <th scope="col" class="num">Least</th>
          <th scope="col" class="num">Greatest</th>
        </tr>
      </thead>
      <tbody>
        {tensors.map(({ name, shape, mean, deviation, min, max }) => (
          <tr key={name}>
            <th scope="row">
              <code>{name}</code>
            </th>
            <td data-label="Shape">{shape.join(" × ")}</td>
            <td class="num" data-label="Mean">{formatSignificant(mean)}</td>
            <td class="num" data-label="Deviation">{formatSignificant(deviation)}</td>
            <td class="num" data-label="Least">{formatSignificant(min)}</td>
            <td class="num" data-label="Greatest">{formatSignificant(max)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
