/** A prompt and what a model went on with. */
export function LabText({ prompt, completion }: { prompt: string; completion: string }) {
  return (
    <p class="lab-text">
      <span class="muted">{prompt}</span>
      <span class="visually-hidden">, and the completion:</span>
      {completion}
    </p>
  );
}
