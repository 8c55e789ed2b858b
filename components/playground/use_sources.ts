// What rows can be drawn from: what the board has, and the texts this browser keeps.

import { useEffect, useState } from "preact/hooks";
import { valueAt, withValueAt } from "../../lib/playground/draft.ts";
import { type SourceChoice, withData } from "../../lib/playground/sources.ts";
import { ownTexts } from "../../lib/playground/texts.ts";
import { shortDigest } from "../format.ts";
import type { Draft } from "./use_draft.ts";

interface OwnText {
  sha256: string;
  byteLength: number;
}

export function useSources(offered: SourceChoice[], draft: Draft) {
  const [texts, setTexts] = useState<OwnText[]>([]);
  useEffect(() => {
    // Without files of its own the page says so elsewhere.
    ownTexts().then(setTexts).catch(() => {});
  }, []);
  const known = new Set(offered.map(({ key }) => key));
  const choices = (own: OwnText[]) => [
    ...offered,
    ...own.map(choiceOf).filter(({ key }) => !known.has(key)),
  ];
  return {
    sources: choices(texts),
    /** Trains on this text from now on, as bytes: no vocabulary was made for it. */
    addText(text: OwnText) {
      const next = [...texts.filter(({ sha256 }) => sha256 !== text.sha256), text];
      setTexts(next);
      const { source } = choiceOf(text);
      const data = withData(draft.value, [{ ...source, weight: 1 }], choices(next));
      const bytes = withValueAt(data, "tokenizer", "bytes");
      const ctx = Math.min(
        Number(valueAt(draft.value, "model.ctx")),
        Math.floor(text.byteLength / 4),
      );
      draft.set(withValueAt(withValueAt(bytes, "model.vocabSize", 256), "model.ctx", ctx));
    },
  };
}

function choiceOf({ sha256, byteLength }: OwnText): SourceChoice {
  return {
    key: `corpus ${sha256}`,
    name: `Your text ${shortDigest(sha256)}…`,
    group: "Your texts",
    source: { corpus: sha256, sha256 },
    byteLength,
  };
}
