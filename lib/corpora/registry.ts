// Registered corpora: what a recipe may name. Knows where files stand below data/, not how to read them.

/** A registered corpus. An entry never changes, its range included: recipes name it by id and SHA-256. */
export interface Corpus {
  id: string;
  name: string;
  /** SHA-256 of the whole file. */
  sha256: string;
  byteLength: number;
  licence: string;
  source: string;
  /** Path below data/. */
  file: string;
  /** Bytes training may read, [start, end). */
  trainRange: readonly [start: number, end: number];
}

export const CORPORA = [
  {
    id: "tinystories-train-4m",
    name: "TinyStories, 4,885 stories of the train split",
    sha256: "bba7c5017ca5f0d3cfc4ee28d1a3e16a1f13364710302fb729f1f379eb3406bc",
    byteLength: 4_000_559,
    licence: "CDLA-Sharing-1.0",
    source: "https://huggingface.co/datasets/roneneldan/TinyStories",
    file: "corpora/tinystories-train-4m.txt",
    trainRange: [0, 4_000_559],
  },
  {
    id: "tinyshakespeare",
    name: "Tiny Shakespeare, first 90 %",
    sha256: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    byteLength: 1_115_394,
    licence: "public domain",
    source: "https://github.com/karpathy/char-rnn",
    file: "corpora/tinyshakespeare.txt",
    // The rest is held out for evaluation.
    trainRange: [0, 1_003_854],
  },
  {
    id: "tinystories-train-full",
    name: "TinyStories, 10.8 MB of the train split",
    sha256: "f2ed0674c016c985d5140189b6841cb6163edd16124a49c42d344de42c88fc0d",
    byteLength: 10_782_209,
    licence: "CDLA-Sharing-1.0",
    source: "https://huggingface.co/datasets/roneneldan/TinyStories",
    file: "corpora/tinystories-train-full.txt",
    trainRange: [0, 10_782_209],
  },
  {
    id: "code-train",
    name: "2,332 small JavaScript functions, each under a comment",
    sha256: "912ed02819c240652fdde32293ba1a3990da4b25eb4b7375daa3072f9bc759b7",
    byteLength: 2_000_120,
    licence: "CC0-1.0",
    source: "written for this project",
    file: "corpora/code-train.txt",
    trainRange: [0, 2_000_120],
  },
  {
    id: "facts-train",
    name: "Plain facts about animals, colours, people and things, in 21,679 sentences",
    sha256: "2b4c157c3cd528b4cd83ae99e1b1af526a7baff38e883fafb78ca8b3e2d62a9b",
    byteLength: 2_000_173,
    licence: "CC0-1.0",
    source: "written for this project",
    file: "corpora/facts-train.txt",
    trainRange: [0, 2_000_173],
  },
] as const satisfies readonly Corpus[];

/** Bytes training may read, [start, end), when the last `heldOutBytes` of the file are held out. */
export function trainingRange(
  { trainRange: [start, end], byteLength }: Pick<Corpus, "trainRange" | "byteLength">,
  heldOutBytes = 0,
): [start: number, end: number] {
  return [start, Math.min(end, byteLength - heldOutBytes)];
}

/** The registered corpus of this id, or undefined. */
export function findCorpus(id: string): Corpus | undefined {
  return CORPORA.find((corpus) => corpus.id === id);
}

/** Whether `id` is that of an uploaded corpus: its SHA-256, so the bytes are what they are called. */
export function isUploadId(id: string): boolean {
  return /^[0-9a-f]{64}$/.test(id);
}

/** An uploaded corpus is read where a registered one would be; training reads all of it. */
export function uploadedCorpus(
  sha256: string,
  byteLength: number,
): Pick<Corpus, "id" | "sha256" | "byteLength" | "file" | "trainRange"> {
  const file = uploadFile(sha256);
  return { id: sha256, sha256, byteLength, file, trainRange: [0, byteLength] };
}

/** Path below data/ of an uploaded corpus. */
export function uploadFile(id: string): string {
  return `corpora/uploaded/${id}.txt`;
}

/** The id of the uploaded corpus whose path this is, or undefined. */
export function uploadOf(file: string): string | undefined {
  return /^corpora\/uploaded\/([0-9a-f]{64})\.txt$/.exec(file)?.[1];
}

/** The corpus of this id that `bytes` are, registered or uploaded; undefined when there is none. */
export function corpusOf(
  id: string,
  bytes: Uint8Array,
): ReturnType<typeof uploadedCorpus> | undefined {
  return isUploadId(id) ? uploadedCorpus(id, bytes.length) : findCorpus(id);
}
