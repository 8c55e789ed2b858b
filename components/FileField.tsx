import { formatBytes } from "./format.ts";

/** Where the file is chosen, or dropped; last in the form, which the server reads as it arrives. */
export function FileField(
  { maxUploadBytes, invalid, over }: { maxUploadBytes: number; invalid: boolean; over: boolean },
) {
  return (
    <div class="field drop-zone" data-over={over ? "true" : undefined}>
      <label for="file">Model file</label>
      <input
        id="file"
        name="file"
        type="file"
        accept=".tinygpt"
        required
        aria-describedby="file-hint"
        aria-invalid={invalid ? "true" : undefined}
      />
      <p class="hint" id="file-hint">
        A .tinygpt file, up to{" "}
        {formatBytes(maxUploadBytes)}. Drop it anywhere on this form; it is looked at here before it
        is sent.
      </p>
    </div>
  );
}
