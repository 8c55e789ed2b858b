import type { Account } from "../lib/accounts/caller.ts";
import { CORPUS_LIMITS, DECLARATION, LICENCES } from "../lib/corpora/fields.ts";
import type { PublicProblem } from "../lib/errors.ts";
import { formatBytes } from "./format.ts";
import { ProblemNote } from "./Problem.tsx";
import { SentBy } from "./SentBy.tsx";
import { FormLine } from "./FormLine.tsx";

export interface CorpusFormValues {
  name: string;
  author: string;
  source: string;
  licence: string;
  licenceNote: string;
}

interface Props {
  values: CorpusFormValues;
  problem: PublicProblem | null;
  maxBytes: number;
  /** Who sends it, when that is known. */
  account: Account | null;
}

/** What a field of this name says of itself to assistive technology. */
type Invalid = (id: string) => "true" | undefined;

const TEXTS = [
  { id: "name", label: "Name of the corpus", hint: "What it is." },
  { id: "author", label: "Sent by", hint: "You, your team or your handle." },
  { id: "source", label: "Source", hint: "Where the text is from: an address, or who wrote it." },
] as const;

/** Fields first, the file last: the server reads the form as it arrives. */
export function CorpusUploadForm({ values, problem, maxBytes, account }: Props) {
  const invalid: Invalid = (id) => problem?.path === id ? "true" : undefined;
  return (
    <form class="panel" method="post" action="/corpora/new" encType="multipart/form-data">
      {problem && <ProblemNote problem={problem} />}
      {account && <SentBy account={account} />}
      {TEXTS.filter(({ id }) => id !== "author" || !account).map(({ id, label, hint }) => (
        <FormLine
          required
          key={id}
          id={id}
          label={label}
          hint={`${hint} Up to ${CORPUS_LIMITS[id]} characters.`}
          maxLength={CORPUS_LIMITS[id]}
          value={values[id]}
          invalid={problem?.path === id}
        />
      ))}
      <LicenceFields values={values} invalid={invalid} />
      <div class="field">
        <label class="check">
          <input
            type="checkbox"
            name="declaration"
            value="yes"
            required
            aria-invalid={invalid("declaration")}
          />{" "}
          {DECLARATION}
        </label>
      </div>
      <TextFileField maxBytes={maxBytes} invalid={invalid("file")} />
      <p class="actions">
        <button class="button" type="submit">Upload</button>
      </p>
    </form>
  );
}

function LicenceFields({ values, invalid }: Pick<Props, "values"> & { invalid: Invalid }) {
  return (
    <>
      <div class="field">
        <label for="licence">Licence</label>
        <select id="licence" name="licence" required aria-invalid={invalid("licence")}>
          <option value="">Choose one</option>
          {Object.entries(LICENCES).map(([id, words]) => (
            <option key={id} value={id} selected={id === values.licence}>{words}</option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="licenceNote">About the licence (optional)</label>
        <textarea
          id="licenceNote"
          name="licenceNote"
          rows={2}
          maxLength={CORPUS_LIMITS.licenceNote}
          defaultValue={values.licenceNote}
          aria-describedby="licence-note-hint"
          aria-invalid={invalid("licenceNote")}
        />
        <p class="hint" id="licence-note-hint">
          Whom to name, or another licence's name and address.
        </p>
      </div>
    </>
  );
}

function TextFileField({ maxBytes, invalid }: Pick<Props, "maxBytes"> & { invalid?: "true" }) {
  return (
    <div class="field">
      <label for="file">Text file</label>
      <input
        id="file"
        name="file"
        type="file"
        accept=".txt,text/plain"
        required
        aria-describedby="file-hint"
        aria-invalid={invalid}
      />
      <p class="hint" id="file-hint">UTF-8 text, up to {formatBytes(maxBytes)}.</p>
    </div>
  );
}
