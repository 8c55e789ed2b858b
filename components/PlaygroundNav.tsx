const VIEWS = [
  { id: "generate", label: "Generate" },
  { id: "look", label: "Look inside" },
] as const;

interface Props {
  current: typeof VIEWS[number]["id"];
  /** The model that is open goes along. */
  entry?: string;
}

/** The parts of the playground. */
export function PlaygroundNav({ current, entry }: Props) {
  const query = entry ? `?entry=${entry}` : "";
  return (
    <nav aria-label="Playground">
      <ul class="tabs">
        {VIEWS.map(({ id, label }) => (
          <li key={id}>
            <a
              href={`/playground/${id}${query}`}
              aria-current={id === current ? "page" : "false"}
            >
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
