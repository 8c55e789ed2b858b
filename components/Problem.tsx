import type { PublicProblem } from "../lib/errors.ts";

interface ProblemProps {
  problem: PublicProblem;
  title?: string;
  /** What stands before what was found. */
  found?: string;
}

/** A refusal that says what was expected, what was found and how to mend it. */
export function ProblemNote({ problem, title, found = "Got" }: ProblemProps) {
  return (
    <div class="note bad" role="alert">
      {title && <h2>{title}</h2>}
      <p>
        <strong>{problem.message}</strong>
      </p>
      {(problem.expected || problem.got) && (
        <dl class="facts">
          {problem.expected && [<dt key="e">Expected</dt>, <dd key="ev">{problem.expected}</dd>]}
          {problem.got && [<dt key="g">{found}</dt>, <dd key="gv">{problem.got}</dd>]}
        </dl>
      )}
      {problem.fix && <p>{linked(problem.fix)}</p>}
    </div>
  );
}

/** An address of ours in a sentence; those of the API are meant for programs. */
const PAGE = /(?<=^|\s)(\/(?!api\/v1)[a-z](?:[\w/-]|\.\w)*(?:#[\w-]+)?)(?![\w/?{])/;

/** Text and addresses of pages in turns, text first. */
export function splitAtPages(text: string): string[] {
  return text.split(PAGE);
}

function linked(text: string) {
  return splitAtPages(text).map((part, i) =>
    i % 2 === 1 ? <a key={i} href={part}>{part}</a> : part
  );
}
