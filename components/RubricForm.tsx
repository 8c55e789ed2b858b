import type { PublicProblem } from "../lib/errors.ts";
import type { RubricFields } from "../lib/lab/rubric_form.ts";
import { FormLine } from "./FormLine.tsx";
import { ProblemNote } from "./Problem.tsx";

interface Props {
  action: string;
  values: RubricFields;
  problem: PublicProblem | null;
  /** Of a rubric that is there the slug stays. */
  isEdit: boolean;
  submit: string;
}

/** A rubric as a name, levels and a table; works without a script. */
export function RubricForm({ action, values, problem, isEdit, submit }: Props) {
  return (
    <form class="panel" method="post" action={action} encType="multipart/form-data">
      {problem && <ProblemNote problem={problem} />}
      <FormLine id="name" label="Name" hint="Up to 80 characters." value={values.name} required />
      {!isEdit && (
        <FormLine
          id="slug"
          label="Address (optional)"
          hint="Lower-case letters, digits and hyphens; made of the name without it."
          value={values.slug}
        />
      )}
      <FormLine
        id="levels"
        label="Scores that can be given"
        hint="Ascending, two to nine: 0, 0.5, 1."
        value={values.levels}
      />
      <CriteriaField criteria={values.criteria} isEdit={isEdit} />
      <div class="field">
        <label for="file">Or a file (optional)</label>
        <input id="file" name="file" type="file" accept=".csv,.json" aria-describedby="file-hint" />
        <p class="hint" id="file-hint">
          CSV in place of the table, or JSON as a rubric's page gives it, in place of everything.
        </p>
      </div>
      <FormLine
        id="source"
        label="Source (optional)"
        hint="Where it is from, or what changed."
        value={values.source}
      />
      <p class="actions">
        <button class="button" type="submit">{submit}</button>
      </p>
    </form>
  );
}

function CriteriaField({ criteria, isEdit }: { criteria: string } & Pick<Props, "isEdit">) {
  return (
    <div class="field">
      <label for="criteria">Criteria</label>
      <textarea
        id="criteria"
        name="criteria"
        class="mono"
        rows={14}
        spellcheck={false}
        defaultValue={criteria}
        aria-describedby="criteria-hint"
      />
      <p class="hint" id="criteria-hint">
        A table (CSV) with the columns <code>category, label, text</code>, one criterion a line.
        {isEdit &&
          " What asks the same keeps its id, so scores of both versions can be compared."}
      </p>
    </div>
  );
}
