// What the words of the playground mean, one or two sentences each.

export const TERMS = {
  model: [
    "model",
    "A pile of numbers, the weights, and a fixed way to compute with them: given some text, how likely is each possible next token.",
  ],
  weights: [
    "weights",
    "The numbers training changes, also called parameters. Large models have billions; those here have thousands to millions.",
  ],
  token: [
    "token",
    "What a model reads and writes at a time: one byte, or a piece of a word where a tokenizer has joined bytes that often stand together.",
  ],
  loss: [
    "loss",
    "How surprised the model is by the right next token, in nats: 0 when it was sure and right, 5.5 when it guesses among 256 bytes. Training lowers it.",
  ],
  dev: [
    "dev curve",
    "The loss on examples that are never trained on. When it rises while the training loss falls, the model learns by heart.",
  ],
  gradient: [
    "gradient norm",
    "How steep the loss is at this step: the length of the change training would like to make. Sudden peaks mean trouble.",
  ],
  step: [
    "step",
    "One update: some rows of text are predicted, and every weight moves a little so that they would be predicted better.",
  ],
  rate: [
    "learning rate",
    "How far the weights move at a step. It rises at the start (warm-up) and falls towards the end.",
  ],
  seed: [
    "seed",
    "A number from which all randomness of a run follows. The same recipe and seed give the same model, bit for bit, on every machine.",
  ],
  recipe: [
    "recipe",
    "Everything that decides a training: shape, data, optimizer, steps, seed. Anybody can run it again and compare bits.",
  ],
  checkpoint: [
    "checkpoint",
    "The state of a run at a step: weights and all that the optimizer remembers. Hashes of some, at the recipe's interval, are in the file and prove the run; others are kept in this browser, to go on from.",
  ],
  chain: [
    "chain",
    "The hashes of the checkpoints at the recipe's interval, folded into one. A replay has to meet every one of them.",
  ],
  flops: [
    "FLOPs",
    "Floating-point operations of the whole training, counted from the recipe: its cost, independent of the machine.",
  ],
  fork: [
    "fork",
    "A new run that begins with another's recipe, to change something. It starts from its seed: only then can it be proven.",
  ],
  pareto: [
    "Pareto front",
    "The models that nobody beats in score with as few weights: to be better than one of them, a model has to be larger, or new.",
  ],
} as const satisfies Record<string, readonly [name: string, words: string]>;

export type TermId = keyof typeof TERMS;
