import type { LabSet } from "../lib/lab/types.ts";

/** Where a model's completions are scored by hand: apart from every benchmark. */
export function LabSection({ sets, entryId }: { sets: readonly LabSet[]; entryId: string }) {
  return (
    <section id="lab">
      <h2>
        <a href="/lab">Lab</a>
      </h2>
      <p>
        Completions of this model that people or judges score. No rank follows from them.{" "}
        <a href={`/lab/generate?entry=${entryId}`}>Generate another set</a>
      </p>
      <ul>
        {sets.map(({ id, name, models }) => {
          const model = models.find((one) => one.entryId === entryId);
          const query = model ? `?model=${encodeURIComponent(model.name)}` : "";
          return (
            <li key={id}>
              <a href={`/lab/sets/${id}`}>{name}</a>:{" "}
              <a href={`/lab/sets/${id}/analysis`}>analysis</a>,{" "}
              <a href={`/lab/sets/${id}/items${query}`}>its completions</a>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
