// How an operation of the API is written down. Knows none.

import type { z } from "zod";

export type Method = "get" | "head" | "post" | "put" | "patch" | "delete" | "options";
/** By path and method. */
export type Operations = Record<string, { [method in Method]?: Operation }>;

export interface Operation {
  tag: string;
  summary: string;
  description?: string;
  path?: z.core.$ZodLooseShape;
  query?: z.ZodObject;
  /** Media type of the body. */
  body?: string;
  /** The body, where it is JSON. */
  json?: z.ZodType;
  /** Scope of the API key that has to be sent. */
  needs?: "submit" | "worker" | "admin";
  /** 200 when not said. */
  status?: 201 | 204;
  /** By media type; empty when there is no body. */
  answer: Record<string, z.ZodType>;
}

/** What the API says it answers, as what the views of lib/http are held to by the compiler. */
export type Answer<Schema extends z.ZodType> = z.input<Schema>;

/** An answer in JSON. */
export function json(schema: z.ZodType): Operation["answer"] {
  return { "application/json": schema };
}
