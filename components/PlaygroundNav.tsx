import { Tabs } from "./Tabs.tsx";

const VIEWS = [
  { id: "train", path: "/playground", text: "Train" },
  { id: "generate", path: "/playground/generate", text: "Generate" },
  { id: "look", path: "/playground/look", text: "Look inside" },
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
    <Tabs
      label="Playground"
      tabs={VIEWS.map(({ id, path, text }) => ({
        href: path + query,
        text,
        current: id === current,
      }))}
    />
  );
}
