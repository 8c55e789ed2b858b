import type { Lineage, Relative } from "../lib/submissions/lineage_store.ts";

/** What a model goes on from, what goes on from it, and its versions; nothing without any. */
export function LineageView({ lineage, entryId }: { lineage: Lineage; entryId: string }) {
  const { forkOf, forks, versions, supersededBy } = lineage;
  if (!forkOf && forks.length === 0 && versions.length === 0) return null;
  return (
    <section id="lineage">
      <h2>Where it comes from</h2>
      {supersededBy && (
        <p class="note warn" data-superseded>
          Superseded by{" "}
          <a href={`/models/${supersededBy}`}>a newer version</a>, which holds the rank.
        </p>
      )}
      <dl class="facts">
        {forkOf && [
          <dt key="fork">Fork of</dt>,
          <dd key="fork-of">
            <RelativeLink relative={forkOf} />
          </dd>,
        ]}
        {forks.length > 0 && [
          <dt key="forks">Forks</dt>,
          <dd key="forks-of">
            <ul class="plain">
              {forks.map((fork) => (
                <li key={fork.id}>
                  <RelativeLink relative={fork} />
                </li>
              ))}
            </ul>
          </dd>,
        ]}
        {versions.length > 0 && [
          <dt key="versions">Versions</dt>,
          <dd key="versions-of">
            <ol class="plain" data-versions>
              {versions.map((version, i) => (
                <li key={version.id}>
                  {i + 1}. {version.id === entryId
                    ? <strong>{version.name}, this one</strong>
                    : <RelativeLink relative={version} />}
                </li>
              ))}
            </ol>
          </dd>,
        ]}
      </dl>
    </section>
  );
}

/** A link to another model; of a withdrawn one to what is left of it. */
export function RelativeLink(
  { relative: { id, name, author, withdrawn } }: {
    relative: Pick<Relative, "id" | "name" | "author" | "withdrawn">;
  },
) {
  return (
    <>
      <a href={`/models/${id}`}>{name}</a> by {author}
      {withdrawn && <span class="muted">, withdrawn</span>}
    </>
  );
}
