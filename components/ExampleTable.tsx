import type { Benchmark, ExampleResult } from "../lib/benchmarks/benchmark.ts";
import { formatInteger } from "./format.ts";
import { TableBox } from "./TableBox.tsx";

interface Props {
  benchmark: Pick<Benchmark, "name" | "unit">;
  examples: readonly ExampleResult[];
}

/** Examples in full: what was asked, wanted and answered, or how likely each text was. */
export function ExampleTable({ benchmark, examples }: Props) {
  const answers = benchmark.unit === "%";
  const noted = examples.some(({ note }) => note !== undefined);
  return (
    <TableBox label={`Examples of ${benchmark.name}`}>
      <table class="stack">
        <thead>
          <tr>
            <th scope="col" class="num">No</th>
            <th scope="col">{answers ? "Prompt" : "Text"}</th>
            {answers && <th scope="col">Expected</th>}
            {answers && <th scope="col">Model's answer</th>}
            <th scope="col" class="num">{answers ? "Right" : "Nats per byte"}</th>
            {!answers && <th scope="col" class="num">Bytes</th>}
            {noted && <th scope="col">Remark</th>}
          </tr>
        </thead>
        <tbody>
          {examples.map((example) => (
            <tr key={example.index} class={answers && example.value === 0 ? "wrong" : undefined}>
              <td class="num" data-label="No">{example.index + 1}</td>
              <Text label={answers ? "Prompt" : "Text"} text={example.prompt} />
              {answers && <Text label="Expected" text={example.expected} />}
              {answers && <Text label="Model's answer" text={example.output} />}
              <td class="num verdict" data-label={answers ? "Right" : "Nats per byte"}>
                {answers ? (example.value === 1 ? "yes" : "no") : example.value.toFixed(4)}
              </td>
              {!answers && <td class="num" data-label="Bytes">{formatInteger(example.weight)}</td>}
              {noted && <td class="whole" data-label="Remark">{example.note}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** White space and line ends as they stand. */
function Text({ label, text }: { label: string; text: string }) {
  return (
    <td class="sample whole" data-label={label}>
      {text === "" ? <span class="muted">nothing</span> : text}
    </td>
  );
}
