import CopyText from "../islands/CopyText.tsx";
import type { PublicProblem } from "../lib/errors.ts";
import type { RecipeCheck, RecipeFacts } from "../lib/verification/recipe_check.ts";
import { formatBytes, formatFlops, formatInteger } from "./format.ts";
import { recipeFacts } from "./RecipeView.tsx";
import { TableBox } from "./TableBox.tsx";

/** What a check of a recipe found. */
export function RecipeCheckView({ check: { problems, facts } }: { check: RecipeCheck }) {
  return facts === null ? <Problems problems={problems} /> : <Facts facts={facts} />;
}

function Problems({ problems }: { problems: readonly PublicProblem[] }) {
  return (
    <section id="problems" class="note bad" role="alert">
      <h2>
        {problems.length === 1 ? "One thing is wrong" : `${problems.length} things are wrong`}
      </h2>
      <TableBox label="What is wrong">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Expected</th>
              <th scope="col">Got</th>
              <th scope="col">How to mend it</th>
            </tr>
          </thead>
          <tbody>
            {problems.map(({ path, message, expected, got, fix }) => (
              <tr key={message}>
                <th scope="row">
                  <code>{path || "recipe"}</code>
                </th>
                <td data-label="Expected">{expected ?? message.replace(/^recipe\.\S+: /, "")}</td>
                <td data-label="Got">{got ?? "–"}</td>
                <td data-label="How to mend it">{fix}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

function Facts({ facts }: { facts: RecipeFacts }) {
  const { recipe, obstacles, filledIn } = facts;
  return (
    <section id="facts">
      {obstacles.length === 0
        ? <p class="note good" role="status">A recipe, and this board can replay it.</p>
        : (
          <div class="note warn" role="status">
            <p>A recipe, but this board could not replay it:</p>
            <ul>{obstacles.map((obstacle) => <li key={obstacle}>{obstacle}</li>)}</ul>
          </div>
        )}
      {filledIn.length > 0 && (
        <p class="prose muted">
          Filled in:{" "}
          {filledIn.map((field) =>
            field === "engine" ? "the engine at hand" : "seed 0; a ticket draws another one"
          ).join(", ")}.
        </p>
      )}
      <div class="grid-2">
        <Costs facts={facts} />
        <Names facts={facts} />
      </div>
      <details>
        <summary>In words</summary>
        <dl class="facts inside">
          {recipeFacts(recipe).map(([term, value]) => [
            <dt key={term}>{term}</dt>,
            <dd key={`${term}-value`}>{value}</dd>,
          ])}
        </dl>
      </details>
    </section>
  );
}

/** Small shares too: 0.04 %. */
function percent(share: number): string {
  return `${(100 * share).toPrecision(2).replace(/e.*/, "")} %`;
}

function Costs({ facts }: { facts: RecipeFacts }) {
  return (
    <div class="panel">
      <h2>Computed from it</h2>
      <dl class="facts">
        <dt>Parameters</dt>
        <dd>{formatInteger(facts.parameters)}</dd>
        <dt>Training tokens</dt>
        <dd>{formatInteger(facts.trainingTokens)}</dd>
        <dt>
          <a href="/docs/flops">Training FLOPs</a>
        </dt>
        <dd>{formatFlops(facts.trainingFlops)}</dd>
        <dt>Of the budget of a replay</dt>
        <dd>
          {percent(facts.flopsShare)} of the operations, {percent(facts.memoryShare)} of the memory
        </dd>
        <dt>Memory</dt>
        <dd>{formatBytes(facts.memoryBytes)}</dd>
        <dt>Checkpoints</dt>
        <dd>{formatInteger(facts.checkpoints)}</dd>
      </dl>
    </div>
  );
}

function Names({ facts }: { facts: RecipeFacts }) {
  return (
    <div class="panel">
      <h2>Known by</h2>
      <dl class="facts">
        <dt>Recipe hash</dt>
        <dd>
          <code class="digest">{facts.hash}</code>
        </dd>
        <dt>Without its seed</dt>
        <dd>
          <code class="digest">{facts.commitment}</code>
        </dd>
      </dl>
      <h3>The text that is hashed</h3>
      <pre id="canonical" class="tall wrap" tabIndex={0}>{facts.canonical}</pre>
      <p class="actions">
        <CopyText from="canonical" what="the canonical recipe" label="Copy it" />
      </p>
    </div>
  );
}
