/** Models that learned one task answer other prompts with line ends, a screen full of them. */
const VISIBLE = /[^\s\p{C}]/u;

/** What the model wrote when it was scored. Samples come from a file: anything else is left out. */
export function Samples({ samples }: { samples: unknown }) {
  const list = Array.isArray(samples) ? samples.map(Object).filter(isSample) : [];
  if (list.length === 0) return null;
  return (
    <section id="samples">
      <h2>Samples</h2>
      <div class="grid-2">
        {list.map(({ prompt, text }, index) => (
          <p key={index} class="panel sample" tabIndex={0}>
            <b>{prompt}</b>
            {VISIBLE.test(text) ? text.trimEnd() : <i class="muted">nothing that can be seen</i>}
          </p>
        ))}
      </div>
    </section>
  );
}

function isSample(value: { prompt?: unknown; text?: unknown }): value is {
  prompt: string;
  text: string;
} {
  return typeof value.prompt === "string" && typeof value.text === "string";
}
