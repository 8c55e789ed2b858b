import type { SetChoicesProps } from "../islands/SetChoices.tsx";
import type { PublicProblem } from "../lib/errors.ts";
import type { ListedOrder } from "../lib/lab/order_view.ts";
import { formatInstant } from "./format.ts";
import { GenerateFields } from "./GenerateFields.tsx";
import { ProblemNote } from "./Problem.tsx";
import { type Choice, Select } from "./Select.tsx";

interface Props extends Pick<SetChoicesProps, "promptSets" | "rubrics" | "joinable"> {
  models: Choice[];
  /** What is filled in, by the name of the field. */
  values: Record<string, string>;
  problem: PublicProblem | null;
}

/** Has the server generate a set; what is asked for stands in a form that needs no script. */
export function OrderForm({ models, problem, values, ...choices }: Props) {
  return (
    <form class="panel" method="post" action="/lab/generate#server">
      {problem && <ProblemNote problem={problem} />}
      <Select id="order-entry" name="entry" label="Model" choices={models} chosen={values.entry} />
      <GenerateFields {...choices} prefix="order-" named={false} values={values} />
      <p class="actions">
        <button class="button" type="submit">Order it</button>
        <span class="muted small">It goes on when you close this page.</span>
      </p>
    </form>
  );
}

/** Sets of an account that are generated, or were. */
export function OrderList({ orders }: { orders: readonly ListedOrder[] }) {
  return (
    <ul>
      {orders.map(({ id, model, prompts, set_id, created_at, state }) => (
        <li key={id}>
          <a href={`/lab/orders/${id}`}>{model} completes {prompts}</a>{" "}
          <span class="muted small">
            {formatInstant(created_at)}, {set_id === null ? state : "done"}
          </span>
        </li>
      ))}
    </ul>
  );
}
