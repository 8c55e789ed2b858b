import type { PublicProblem } from "../lib/errors.ts";
import type { PromptFields } from "../lib/lab/prompt_form.ts";
import { FormLine } from "./FormLine.tsx";
import { ProblemNote } from "./Problem.tsx";

const EXAMPLE = "# Plot\nOnce upon a time there was a fox who";

/** Prompts of one's own, written or as a file; works without a script. */
export function PromptSetForm(
  { values, problem }: { values: PromptFields; problem: PublicProblem | null },
) {
  return (
    <form class="panel" method="post" action="/lab/prompt-sets" encType="multipart/form-data">
      {problem && <ProblemNote problem={problem} />}
      <FormLine
        id="name"
        label="Name"
        hint="Up to 80 characters."
        value={values.name}
        maxLength={80}
        required
      />
      <PromptsField value={values.prompts} invalid={problem?.path === "prompts"} />
      <div class="field">
        <label for="file">Or a file (optional)</label>
        <input id="file" name="file" type="file" accept=".csv,.json" aria-describedby="file-hint" />
        <p class="hint" id="file-hint">
          CSV with the columns <code>category, prompt</code> and perhaps <code>id</code>{" "}
          in place of the lines, or JSON as the API takes it. Prompts of several lines need one.
        </p>
      </div>
      <FormLine
        id="source"
        label="Origin (optional)"
        hint="Who wrote them, and where they are from."
        value={values.source}
        maxLength={300}
      />
      <FormLine
        id="licence"
        label="Licence (optional)"
        hint="Under which others may use them: CC0-1.0, MIT."
        value={values.licence}
        maxLength={80}
      />
      <p class="actions">
        <button class="button" type="submit">Keep the prompts</button>
      </p>
    </form>
  );
}

function PromptsField({ value, invalid }: { value: string; invalid: boolean }) {
  return (
    <div class="field">
      <label for="prompts">Prompts</label>
      <textarea
        id="prompts"
        name="prompts"
        rows={12}
        maxLength={60_000}
        defaultValue={value}
        placeholder={EXAMPLE}
        aria-describedby="prompts-hint"
        aria-invalid={invalid ? "true" : undefined}
      />
      <p class="hint" id="prompts-hint">
        One a line. A line such as <code># Plot</code>{" "}
        begins a category: raters are asked the rubric's criteria of the same name. Blanks at the
        end of a line are part of the prompt.
      </p>
    </div>
  );
}
