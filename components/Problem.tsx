import type { PublicProblem } from "../lib/errors.ts";

/** A refusal that says what was expected, what was found and how to mend it. */
export function ProblemNote({ problem, title }: { problem: PublicProblem; title?: string }) {
  return (
    <div class="note bad" role="alert">
      {title && <h2>{title}</h2>}
      <p>
        <strong>{problem.message}</strong>
      </p>
      {(problem.expected || problem.got) && (
        <dl class="facts">
          {problem.expected && [<dt key="e">Expected</dt>, <dd key="ev">{problem.expected}</dd>]}
          {problem.got && [<dt key="g">Got</dt>, <dd key="gv">{problem.got}</dd>]}
        </dl>
      )}
      {problem.fix && <p>{problem.fix}</p>}
    </div>
  );
}
