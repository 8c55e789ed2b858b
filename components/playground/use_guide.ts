// Whether the guided first run is shown, and which run it is about. Remembered when it was skipped.

import { useEffect, useState } from "preact/hooks";

const KEY = "tinyproof-guide";

/** @param wanted a page that was opened for something else shows no guide. */
export function useGuide(wanted: boolean) {
  const [open, setOpen] = useState(wanted);
  /** Id of the guided run, once it was begun. */
  const [run, setRun] = useState<string | null>(null);
  useEffect(() => {
    const kept = localStorage.getItem(KEY);
    if (kept === "closed") setOpen(false);
    else if (kept !== null) setRun(kept);
  }, []);
  return {
    ...{ open, run },
    begin(id: string) {
      localStorage.setItem(KEY, id);
      setRun(id);
    },
    close() {
      localStorage.setItem(KEY, "closed");
      setOpen(false);
    },
  };
}
