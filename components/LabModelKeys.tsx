/** Looks of lines and points, in the order of the models; they repeat after four. */
export const MODEL_LOOKS = ["c1", "c2", "c3", "c4"] as const;

/** Which look is which model's. */
export function ModelKeys({ models }: { models: readonly string[] }) {
  return (
    <span class="model-keys">
      {models.map((name, at) => (
        <span key={name} class="nowrap">
          <svg
            class={`curve key ${MODEL_LOOKS[at % MODEL_LOOKS.length]}`}
            viewBox="0 0 26 10"
            aria-hidden="true"
          >
            <path class="line" d="M0 5H26" />
            <circle cx="13" cy="5" r="4" />
          </svg>{" "}
          {name}
        </span>
      ))}
    </span>
  );
}
