import type { ShelfModel } from "../../lib/submissions/shelf_store.ts";
import { formatParameters } from "../format.ts";

interface Props {
  models: readonly ShelfModel[];
  /** Where one is opened, without the query. */
  path: string;
  current: string | null;
}

/** Models of the board to open next: what editors featured, and who leads. */
export function ModelShelf({ models, path, current }: Props) {
  if (models.length === 0) {
    return (
      <p class="note">
        The board has no model yet. <a href="/submit">Submit the first one</a>.
      </p>
    );
  }
  return (
    <ul class="shelf">
      {models.map(({ id, name, author, parameters, reason }) => (
        <li key={id}>
          <a href={`${path}?entry=${id}`} aria-current={id === current ? "page" : "false"}>
            {name}
          </a>
          <small class="muted">
            by {author}, {formatParameters(parameters)} weights; {reason}
          </small>
        </li>
      ))}
    </ul>
  );
}
