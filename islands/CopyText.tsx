import { useEffect, useState } from "preact/hooks";

/** A button that copies the text of the element with the id `from`. Hidden where scripts are off. */
export default function CopyText(
  { from, what, label = "Copy" }: { from: string; what: string; label?: string },
) {
  const [ready, setReady] = useState(false);
  const [said, setSaid] = useState("");
  useEffect(() => setReady(true), []);

  async function copy() {
    const source = document.getElementById(from)!;
    try {
      await navigator.clipboard.writeText(source.textContent ?? "");
      setSaid("Copied");
    } catch {
      // Without a secure connection, or leave to write: the visitor's own keys still can.
      getSelection()?.selectAllChildren(source);
      setSaid("Selected");
    }
  }

  return (
    <span class="copy" data-needs-script>
      <button
        class="button quiet"
        type="button"
        disabled={!ready}
        onClick={copy}
        onBlur={() => setSaid("")}
      >
        {said || label}
        <span class="visually-hidden">: {what}</span>
      </button>
      <span class="visually-hidden" role="status">{said && `${said}: ${what}`}</span>
    </span>
  );
}
