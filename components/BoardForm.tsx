import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import { TRAINED_IN } from "../lib/format/header.ts";
import { type Sort, SORTS } from "../lib/leaderboard/orders.ts";
import {
  type BoardView,
  type Column,
  COLUMNS,
  fromTheStart,
  isFiltered,
  LISTED_STATES,
  PARAMETER_COUNT,
  viewQuery,
} from "../lib/leaderboard/view.ts";
import { BOARD_COLUMNS } from "./board_columns.ts";
import { STATES } from "./states.ts";
import { TRAINED_IN_WORDS } from "./trained_in_words.ts";

const SORT_LABELS: Record<Sort, string> = {
  score: "Score",
  parameters: "Parameters",
  flops: "Training FLOPs",
  age: "Age",
  "score-per-parameter": "Score per parameter",
  "score-per-flop": "Score per FLOP",
  name: "Name",
  time: "Training time",
  proof: "Proof",
  seed: "Seed",
};

const PARAMETER_FORM = {
  pattern: PARAMETER_COUNT.source,
  title: "A number of parameters such as 4224, 500k or 1.5M",
};

/** Search, filters, order and columns of a board: a plain form whose answer is an address. */
export function BoardForm({ benchmark, view }: { benchmark: Benchmark; view: BoardView }) {
  const path = `/leaderboard/${benchmark.id}`;
  const changed = viewQuery({ ...fromTheStart(view), baselines: "on" }, benchmark) !== "";
  return (
    <form class="board-form" method="get" action={path} role="search">
      <div class="search-row">
        <input
          type="search"
          name="q"
          aria-label="Search models and authors"
          placeholder="Model or author"
          maxLength={100}
          defaultValue={view.q}
        />
        <button class="button quiet" type="submit">Search</button>
        {changed && <a href={path}>Clear all</a>}
      </div>
      <details open={isFiltered({ ...view, q: "" })}>
        <summary>Filter, sort and columns</summary>
        <div class="inside choices">
          <ModelFilters view={view} />
          <ProofFilters view={view} />
          <OrderChoice view={view} />
          <ColumnChoice view={view} />
          <div class="apply">
            <button class="button" type="submit">Show</button>
          </div>
        </div>
      </details>
      {view.baselines === "off" && <input type="hidden" name="baselines" value="off" />}
    </form>
  );
}

function ColumnChoice({ view }: { view: BoardView }) {
  return (
    <fieldset>
      <legend>Columns</legend>
      {COLUMNS.map((column) => (
        <Check
          key={column}
          name="columns"
          value={column}
          checked={view.columns.includes(column)}
          label={columnName(column)}
        />
      ))}
    </fieldset>
  );
}

function columnName(column: Column): string {
  return column === "score-per-parameter" || column === "score-per-flop"
    ? SORT_LABELS[column]
    : BOARD_COLUMNS[column].label;
}

function ModelFilters({ view }: { view: BoardView }) {
  return (
    <fieldset>
      <legend>Models</legend>
      <div class="pair">
        <Text
          name="minParameters"
          label="Parameters from"
          value={view.minParameters}
          hint="10k"
          form={PARAMETER_FORM}
        />
        <Text
          name="maxParameters"
          label="to"
          value={view.maxParameters}
          hint="1.5M"
          form={PARAMETER_FORM}
        />
      </div>
      <Text name="author" label="Author, whole name" value={view.author} />
      <Text name="since" label="Submitted since" value={view.since} type="date" />
      <label class="text">
        Trained
        <select name="trainedIn">
          <option value="">anywhere</option>
          {TRAINED_IN.map((place) => (
            <option key={place} value={place} selected={view.trainedIn === place}>
              {TRAINED_IN_WORDS[place]}
            </option>
          ))}
        </select>
      </label>
      <Check name="featured" value="on" checked={view.featured} label="Featured only" />
    </fieldset>
  );
}

function ProofFilters({ view }: { view: BoardView }) {
  return (
    <fieldset>
      <legend>Proof</legend>
      {LISTED_STATES.map((state) => (
        <Check
          key={state}
          name="state"
          value={state}
          checked={view.state.includes(state)}
          label={STATES[state].word}
        />
      ))}
      <label class="text">
        Seed
        <select name="seed">
          <option value="">any</option>
          <option value="ticket" selected={view.seed === "ticket"}>drawn by a ticket</option>
          <option value="free" selected={view.seed === "free"}>free seed</option>
        </select>
      </label>
    </fieldset>
  );
}

function OrderChoice({ view }: { view: BoardView }) {
  return (
    <fieldset>
      <legend>Order</legend>
      <label class="text">
        Sort by
        <select name="sort">
          {SORTS.map((sort) => (
            <option key={sort} value={sort} selected={sort === view.sort}>
              {SORT_LABELS[sort]}
            </option>
          ))}
        </select>
      </label>
      <label class="text">
        Direction
        <select name="order">
          <option value="">best or smallest first</option>
          <option value="asc" selected={view.order === "asc"}>ascending</option>
          <option value="desc" selected={view.order === "desc"}>descending</option>
        </select>
      </label>
    </fieldset>
  );
}

function Text(
  { name, label, value, hint, form, type = "text" }: {
    name: string;
    label: string;
    value: string | number | null;
    hint?: string;
    /** What a browser asks for again before it sends it, and in which words. */
    form?: { pattern: string; title: string };
    type?: "text" | "date";
  },
) {
  return (
    <label class="text">
      {label}
      <input
        type={type}
        name={name}
        defaultValue={value === null ? "" : String(value)}
        placeholder={hint}
        {...form}
        maxLength={type === "text" ? 100 : undefined}
        autocomplete="off"
      />
    </label>
  );
}

function Check(
  { name, value, checked, label }: {
    name: string;
    value: string;
    checked: boolean;
    label: string;
  },
) {
  return (
    <label class="check">
      <input type="checkbox" name={name} value={value} defaultChecked={checked} />
      {label}
    </label>
  );
}
