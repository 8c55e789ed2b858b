// What each field of a recipe does, for the form: docs/recipe.md in short.

/** Title and explanation of each group, by its path. */
export const GROUP_WORDS: Record<string, [title: string, words: string]> = {
  "": ["The run", "How long, in what portions, and from which seed."],
  model: ["Model", "Its shape, and so its number of weights."],
  "model.arch": [
    "Architecture",
    "Another block than layer norm, learned positions, GELU, a tied head and biases.",
  ],
  optimizer: ["Optimizer", "AdamW: how each weight moves after each step."],
  "optimizer.schedule": ["Schedule", "How the learning rate changes over the run."],
  "optimizer.muon": [
    "Muon",
    "Takes the matrices of the blocks from AdamW; mostly learns faster. Its rate follows the schedule.",
  ],
  earlyStop: [
    "Dev set",
    "Examples never trained on, evaluated now and then: the dev curve. It can end the run early.",
  ],
};

/** Explanation of each field, by its path. */
export const FIELD_WORDS: Record<string, string> = {
  batchSize: "Rows computed at a time. More are steadier and cost more memory.",
  accumulationSteps: "A step takes the rows of this many batches, in the memory of one.",
  steps: "Updates of the whole run. The schedule ends with the last.",
  seed: "Weights and rows are drawn from it: the same seed gives the same model.",
  checkpointInterval:
    "Steps between checkpoints, which prove the run and let it go on after a stop.",
  author: "Shown with the entry.",
  "model.layers": "Transformer blocks, one after another.",
  "model.dModel": "Width: numbers that carry each token. A multiple of 4 for each head.",
  "model.heads": "Attention heads of each block.",
  "model.ctx": "Longest context in tokens: how far back it can look.",
  "model.dMlp": "Hidden width of each block's MLP; often two to four times the width.",
  "model.vocabSize": "256 for bytes, else as many as the tokenizer has.",
  "model.arch.norm": "How numbers are kept in range before each part.",
  "model.arch.positions": "How it knows where a token stands: a table, or rotation.",
  "model.arch.rotaryBase": "With rotary positions only; usually 10000.",
  "model.arch.mlp": "What the MLP computes between its matrices.",
  "model.arch.head": "Whether the output reads the table of tokens (fewer weights) or its own.",
  "model.arch.biases": "Constants beside the matrices.",
  "model.arch.kvHeads": "Heads of keys and values; fewer are shared. A divisor of the heads.",
  "optimizer.learningRate": "Size of a step at its peak. Too large diverges, too small crawls.",
  "optimizer.beta1": "How long the direction of earlier steps is remembered.",
  "optimizer.beta2": "How long the size of earlier gradients is remembered.",
  "optimizer.epsilon": "Keeps divisions by nearly nothing in bounds.",
  "optimizer.weightDecay": "Pulls weights towards 0 at each step.",
  "optimizer.weightDecayMask": "Spare embeddings too, or let everything decay.",
  "optimizer.gradClip": "Longest gradient; 0 turns clipping off.",
  "optimizer.zLoss": "Keeps the logits' normaliser near 1; usually 0.0001.",
  "optimizer.schedule.name":
    "After the warm-up: stay, fall in a line, fall along a cosine, or stay and fall at the end (wsd).",
  "optimizer.schedule.warmupSteps": "First steps, in which the rate rises from 0.",
  "optimizer.schedule.minLearningRate": "Rate at the last step.",
  "optimizer.schedule.decaySteps": "With wsd only: steps of the fall at the end.",
  "optimizer.muon.learningRate": "Its peak; 0.02 is usual.",
  "optimizer.muon.momentum": "How long earlier directions are remembered; 0.95 is usual.",
  "earlyStop.interval": "Steps between evaluations.",
  "earlyStop.patience": "Evaluations in a row without a better one that end the run.",
  "earlyStop.minDelta": "By how much a loss has to be lower to count as better.",
};
