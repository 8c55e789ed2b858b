// The form of one completion, as browsers without scripts send it. Knows no route.

import { z } from "zod";
import { toHex } from "../bytes.ts";
import type { ScoringView } from "../lab/scoring/view.ts";
import { parseDocument } from "../verification/schema.ts";

const formSchema = z.object({
  item: z.string(),
  round: z.coerce.number().int().min(0).max(99),
  /** Made with the page: a form that is sent twice counts once. */
  key: z.string().regex(/^[0-9a-f]{32}$/, "the key of the form"),
  note: z.string().max(4000).default(""),
  noteOn: z.string().default(""),
});

const PREFIX = "score:";

export function newFormKey(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}

/** The document that answers come as, of the fields of such a form. @throws {ValidationError} */
export function eventsOfForm(raterId: string, fields: Record<string, string>): unknown {
  const { item, round, key, note, noteOn } = parseDocument(formSchema, fields, "form");
  const scored = Object.entries(fields).filter(([name]) => name.startsWith(PREFIX));
  return {
    rater: raterId,
    events: scored.map(([name, value], index) => {
      const criterion = name.slice(PREFIX.length);
      return {
        key: `${key}-${index}`,
        itemId: item,
        criterion,
        round,
        value: Number(value),
        // Line ends as browsers send them in forms.
        note: criterion === noteOn && note !== "" ? note.replaceAll("\r\n", "\n") : null,
      };
    }),
  };
}

/** What one has given an item, by criterion. */
export function givenTo(
  { cells }: Pick<ScoringView, "cells">,
  { itemId, round }: ScoringView["tasks"][number],
): Record<string, { value: number; note: string | null }> {
  const own = cells.filter((cell) => cell.itemId === itemId && cell.round === round);
  return Object.fromEntries(own.map(({ criterion, value, note }) => [criterion, { value, note }]));
}
