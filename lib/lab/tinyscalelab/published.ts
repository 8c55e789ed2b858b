// The figures that TinyScaleLab published: of its post of 1 May 2025 and of its README, as printed.

/** `studyDigest` of the files in data/lab/tinyscalelab. */
export const PUBLISHED_DIGEST = "dd5c272c95c5b533350e94bc0be647e74c12ce4fc4e1784291c5616a2d33a2d1";

export const MODELS = [
  "roneneldan/TinyStories-1M",
  "roneneldan/TinyStories-8M",
  "roneneldan/TinyStories-28M",
] as const;

/** As the tables of the post head their columns. */
export const MODEL_LABELS = ["1M", "8M", "28M"] as const;

/** A row of a table: one figure for each model. */
export type PublishedRow = readonly [string, string, string];

export const OVERALL: PublishedRow = ["0.25", "0.49", "0.61"];

export const CATEGORIES: Record<string, PublishedRow> = {
  "Context-Tracking": ["0.14", "0.51", "0.63"],
  "Creativity": ["0.12", "0.16", "0.32"],
  "Factual Knowledge": ["0.08", "0.32", "0.40"],
  "Grammar": ["0.59", "0.82", "0.86"],
  "Plot": ["0.10", "0.42", "0.60"],
  "Reasoning": ["0.20", "0.44", "0.70"],
};

/** By the id that the criterion has here; the post prints "0.4" where two decimals are "0.40". */
export const CRITERIA: Record<string, PublishedRow> = {
  "Factual Knowledge_A": ["0.08", "0.32", "0.4"],
  "Reasoning_A": ["0.2", "0.44", "0.7"],
  "Creativity_B": ["0.00", "0.04", "0.22"],
  "Creativity_D": ["0.02", "0.12", "0.34"],
  "Creativity_C": ["0.00", "0.08", "0.20"],
  "Creativity_A": ["0.48", "0.42", "0.50"],
  "Grammar_D": ["1.00", "1.00", "0.98"],
  "Grammar_A": ["1.00", "0.96", "0.98"],
  "Grammar_E": ["0.56", "0.88", "0.90"],
  "Grammar_C": ["0.14", "0.62", "0.70"],
  "Grammar_B": ["0.26", "0.66", "0.74"],
  "Context-Tracking_A": ["0.20", "0.62", "0.64"],
  "Context-Tracking_B": ["0.20", "0.52", "0.68"],
  "Context-Tracking_C": ["0.02", "0.40", "0.56"],
  "Plot_B": ["0.00", "0.42", "0.60"],
  "Plot_C": ["0.00", "0.14", "0.24"],
  "Plot_A": ["0.26", "0.50", "0.72"],
  "Plot_D": ["0.12", "0.64", "0.84"],
};

/** What the post reads off figure 4 of the TinyStories paper, and its own figures beside them. */
export const PAPER: Record<string, { paper: PublishedRow; own: PublishedRow }> = {
  "Creativity": { paper: ["0.47", "0.65", "0.69"], own: ["0.12", "0.16", "0.32"] },
  "Grammar": { paper: ["0.61", "0.77", "0.83"], own: ["0.59", "0.82", "0.86"] },
  "Context-Tracking": { paper: ["0.45", "0.80", "0.90"], own: ["0.14", "0.51", "0.63"] },
  "Plot": { paper: ["0.44", "0.72", "0.73"], own: ["0.10", "0.42", "0.60"] },
};

/** Agreement with the judge in whole percent, of the README: of the second run. */
export const AGREEMENT_OVERALL = "94";

export const AGREEMENT_CATEGORIES: Record<string, string> = {
  "Context-Tracking": "92",
  "Creativity": "95",
  "Factual Knowledge": "96",
  "Grammar": "90",
  "Plot": "99",
  "Reasoning": "89",
};

export const AGREEMENT_CRITERIA: Record<string, string> = {
  "Grammar_D": "83",
  "Grammar_E": "93",
  "Grammar_C": "99",
  "Grammar_B": "84",
  "Context-Tracking_A": "92",
  "Factual Knowledge_A": "96",
  "Reasoning_A": "89",
  "Creativity_D": "95",
  "Creativity_C": "95",
  "Creativity_A": "96",
  "Plot_B": "99",
  "Plot_C": "99",
  "Plot_A": "99",
  "Plot_D": "100",
  "Plot_E": "99",
};
