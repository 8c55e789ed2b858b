import type { FeaturedModel } from "../lib/submissions/shelf_store.ts";
import { authorPath } from "./author_path.ts";
import { Bits } from "./Bits.tsx";
import { formatParameters } from "./format.ts";
import { EntryBadge } from "./StateBadge.tsx";

/** What editors have chosen to be looked at: a card each, and the way to try it. */
export function FeaturedShelf({ models }: { models: readonly FeaturedModel[] }) {
  return (
    <ul class="shelf-cards">
      {models.map((model) => (
        <li key={model.id} class="panel">
          <div class="model-name">
            <Bits digest={model.model_digest} />
            <span>
              <a href={`/models/${model.id}`}>{model.name}</a>
              <small>
                <a class="quiet-link" href={authorPath(model.author)}>{model.author}</a> ·{" "}
                {formatParameters(model.parameters)} parameters
              </small>
            </span>
          </div>
          {model.blurb !== "" && <p class="small">{model.blurb}</p>}
          <p class="small shelf-foot">
            <EntryBadge entry={model} />
            <a href={`/models/${model.id}#try`}>
              Try it<span class="visually-hidden">: {model.name}</span>
            </a>
          </p>
        </li>
      ))}
    </ul>
  );
}
