// What the form of a judge says, and the board it speaks to. Knows no page.

import { TinyproofError } from "../lib/errors.ts";
import {
  type Endpoint,
  endpointSchema,
  type Price,
  type Protocol,
  USUAL_ADDRESS,
} from "../lib/lab/judge/endpoint.ts";
import type { JudgeBoard } from "../lib/lab/judge/session.ts";
import { parseDocument } from "../lib/verification/schema.ts";

export interface JudgeChoice {
  endpoint: Endpoint;
  key: string;
  templateId: string;
  concurrency: number;
  price: Price | null;
  mostCost: number | null;
}

/** @throws {ValidationError} naming the field that is wrong. */
export function readChoice(fields: Record<string, string>): JudgeChoice {
  const number = (name: string): number | null => fields[name] ? Number(fields[name]) : null;
  const protocol = fields.protocol as Protocol;
  const endpoint = parseDocument(endpointSchema, {
    protocol,
    baseUrl: fields.baseUrl || USUAL_ADDRESS[protocol],
    model: fields.model,
    temperature: number("temperature"),
    maxTokens: number("maxTokens") ?? 2000,
  }, "judge");
  const input = number("priceIn"), output = number("priceOut");
  return {
    endpoint,
    key: (fields.key ?? "").trim(),
    templateId: fields.templateId,
    concurrency: number("concurrency") ?? 4,
    price: input === null || output === null ? null : { input, output },
    mostCost: number("mostCost"),
  };
}

/** The board this page is of. */
export function boardOf(setId: string, { endpoint, templateId }: JudgeChoice): JudgeBoard {
  const { protocol, model } = endpoint;
  return {
    begin: () => post(`sets/${setId}/judge-runs`, { templateId, protocol, model }),
    send: (runId, outcomes) => post(`judge-runs/${runId}/outcomes`, { outcomes }),
  };
}

// deno-lint-ignore no-explicit-any -- the caller knows what this address answers
async function post(path: string, body: unknown): Promise<any> {
  const response = await fetch(`/api/v1/lab/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.ok) return await response.json();
  const { error } = await response.json().catch(() => ({}));
  const message = error?.message ?? `The board answered ${response.status}`;
  // What may pass by itself is tried again.
  if (response.status >= 500 || response.status === 429) throw new Error(message);
  throw new TinyproofError(message, { got: error?.got, fix: error?.fix });
}
