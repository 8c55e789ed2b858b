// The fixtures of tests/fixtures/huggingface, and changes of them.

import { concatBytes } from "../../lib/bytes.ts";
import { openSafetensors, readTensor, sourceOf } from "../../lib/interchange/safetensors.ts";
import { type TensorToWrite, writeSafetensors } from "../../lib/interchange/safetensors.ts";

export const FOLDERS = ["gpt2", "gpt_neo", "llama", "llama3"] as const;

export interface Expected {
  ids: number[];
  /** Of every id but the first, in nats. */
  nll: number[];
  /** By position. */
  logits: Record<string, number[]>;
}

const at = (name: string) => new URL(`../fixtures/huggingface/${name}`, import.meta.url);

export async function readJson<T = Record<string, unknown>>(name: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(at(name)));
}

export function readBytes(name: string): Promise<Uint8Array> {
  return Deno.readFile(at(name));
}

/** A file of these tensors, in memory. */
export function fileOfTensors(tensors: readonly TensorToWrite[]): Uint8Array<ArrayBuffer> {
  return concatBytes([...writeSafetensors(tensors)].map((piece) => piece.slice()));
}

/** The tensors of a file, to be changed and written again. */
export async function tensorsOf(bytes: Uint8Array): Promise<TensorToWrite[]> {
  const source = sourceOf(bytes);
  const { tensors } = await openSafetensors(source);
  return await Promise.all([...tensors.values()].map(async (entry) => {
    const values = new Float32Array(entry.shape.reduce((product, n) => product * n, 1));
    await readTensor(source, entry, values);
    return { name: entry.name, shape: entry.shape, values: () => values };
  }));
}
