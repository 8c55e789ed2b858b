/** A benchmark as a form offers it. */
export interface OfferedBenchmark {
  id: string;
  version: number;
  name: string;
  unit: string;
}

/** Which of the benchmarks to score on. */
export function BenchmarkChoices({ benchmarks, chosen, toggle, disabled }: {
  benchmarks: readonly OfferedBenchmark[];
  chosen: readonly string[];
  toggle: (id: string) => void;
  disabled: boolean;
}) {
  return (
    <div class="checks">
      {benchmarks.map(({ id, name }) => (
        <label key={id} class="check">
          <input
            type="checkbox"
            checked={chosen.includes(id)}
            disabled={disabled}
            onChange={() => toggle(id)}
          />{" "}
          {name}
        </label>
      ))}
    </div>
  );
}
