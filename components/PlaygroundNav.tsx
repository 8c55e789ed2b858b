const VIEWS = [
  { id: "train", path: "/playground", label: "Train" },
  { id: "generate", path: "/playground/generate", label: "Generate" },
  { id: "look", path: "/playground/look", label: "Look inside" },
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
        {VIEWS.map(({ id, path, label }) => (
          <li key={id}>
            <a href={path + query} aria-current={id === current ? "page" : "false"}>{label}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
