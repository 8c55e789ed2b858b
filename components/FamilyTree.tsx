import type { ComponentChildren } from "preact";
import type { Family, Relative } from "../lib/submissions/family.ts";
import { authorPath } from "./author_path.ts";
import { formatInstant } from "./format.ts";
import { EntryBadge } from "./StateBadge.tsx";

/** Ancestors, this model with its versions, and forks: each generation below the one before. */
export function FamilyTree({ family, id }: { family: Family; id: string }) {
  const { ancestors, versions, forks } = family;
  const own = (
    <ul>
      {versions.map((version, i) => (
        <Member
          key={version.id}
          relative={version}
          kind={versions.length > 1
            ? `version ${versions.length - i}`
            : ancestors.length > 0
            ? "fork"
            : ""}
          current={version.id === id}
        >
          <Forks forks={forks.filter(({ forkOf }) => forkOf === version.id)} />
        </Member>
      ))}
    </ul>
  );
  return (
    <div class="tree panel">
      {ancestors.reduceRight<ComponentChildren>(
        (below, ancestor, i) => (
          <ul>
            <Member relative={ancestor} kind={i === 0 ? "" : "fork"}>{below}</Member>
          </ul>
        ),
        own,
      )}
    </div>
  );
}

export function hasFamily({ ancestors, versions, forks }: Family): boolean {
  return ancestors.length + forks.length > 0 || versions.length > 1;
}

function Forks({ forks }: { forks: readonly Relative[] }) {
  if (forks.length === 0) return null;
  return (
    <ul>
      {forks.map((fork) => <Member key={fork.id} relative={fork} kind="fork" />)}
    </ul>
  );
}

function Member(
  { relative, kind, current = false, children }: {
    relative: Relative;
    kind: string;
    current?: boolean;
    children?: ComponentChildren;
  },
) {
  const { id, name, author, status, provenance, exactCount, sample, createdAt } = relative;
  return (
    <li class={current ? "current" : undefined}>
      <div class="member">
        {current
          ? <strong aria-current="true">{name}</strong>
          : <a href={`/models/${id}`}>{name}</a>}
        <span class="muted small">
          {kind && `${kind}, `}by <a class="quiet-link" href={authorPath(author)}>{author}</a>,{" "}
          <time dateTime={createdAt.toISOString()}>{formatInstant(createdAt).slice(0, 10)}</time>
        </span>
        <EntryBadge entry={{ status, provenance, exact_count: exactCount }} sample={sample} />
      </div>
      {children}
    </li>
  );
}
