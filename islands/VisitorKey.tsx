import { useEffect, useState } from "preact/hooks";
import { exportVisitorKey, importVisitorKey, readVisitorKey } from "../components/visitor_key.ts";

/** The key of this browser: which it is, to a file, from a file. */
export default function VisitorKey() {
  const { ready, keyid, problem, act } = useVisitorKey();
  return (
    <div class="panel" data-visitor-key={keyid ?? "none"}>
      <dl class="facts">
        <dt>Key of this browser</dt>
        <dd>
          {keyid === null ? "made with the first signature" : <code class="digest">{keyid}</code>}
        </dd>
      </dl>
      {problem && <p class="note bad" role="alert">{problem}</p>}
      <p class="actions">
        <button
          class="button quiet"
          type="button"
          disabled={!ready}
          onClick={() => act(download)}
        >
          Save the key in a file
        </button>
      </p>
      <div class="field">
        <label for="visitor-key-file">Use a key that was saved before</label>
        <input
          id="visitor-key-file"
          type="file"
          disabled={!ready}
          onChange={(event) => act(() => open(event.currentTarget.files?.[0]))}
        />
      </div>
    </div>
  );
}

function useVisitorKey() {
  const [ready, setReady] = useState(false);
  const [keyid, setKeyid] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    readVisitorKey().then((key) => setKeyid(key?.keyid ?? null), () => {}).then(() =>
      setReady(true)
    );
  }, []);

  async function act(doing: () => Promise<void>) {
    setProblem(null);
    try {
      await doing();
      setKeyid((await readVisitorKey())?.keyid ?? null);
    } catch {
      setProblem("That did not work: this browser cannot keep such a key, or the file holds none.");
    }
  }

  return { ready, keyid, problem, act };
}

async function download(): Promise<void> {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${await exportVisitorKey()}\n`]));
  link.download = "tinyproof-visitor-key.txt";
  link.click();
  URL.revokeObjectURL(link.href);
}

async function open(file: File | undefined): Promise<void> {
  if (file) await importVisitorKey(await file.text());
}
