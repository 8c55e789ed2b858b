import { useMemo, useState } from "preact/hooks";
import type { WrittenToken } from "../../workers/score_protocol.ts";
import { ChoiceBars } from "./ChoiceBars.tsx";
import { formatInteger, formatPlace } from "../format.ts";
import { TableBox } from "../TableBox.tsx";
import { formatProbability, piecesOf, tokenLabel, tokenWords } from "./token_text.ts";
import { roving } from "./use_roving.ts";

interface Props {
  prompt: string;
  tokens: WrittenToken[];
  ended: boolean;
}

/** Probabilities below these are shaded, the lower the more. */
const SHADES = [0.01, 0.05, 0.15, 0.4];

/** A text that a model wrote; each token tells how likely it was when pointed at or in focus. */
export function WrittenText({ prompt, tokens, ended }: Props) {
  const [at, setAt] = useState<number | null>(null);
  const options = useMemo(
    () =>
      piecesOf(tokens, ended).map(({ text, token }, i) => (
        <Option key={token} at={token} token={tokens[token]} text={text} isFirst={i === 0} />
      )),
    [tokens, ended],
  );
  const list = tokens.length === 0 ? {} : {
    role: "listbox",
    "aria-label": "The text, token by token. Arrow keys tell how likely each was.",
    ...roving(setAt),
  };
  return (
    <>
      <div class="sample written" data-try-output>
        <b>{prompt}</b>
        <span {...list}>{options}</span>
      </div>
      <TokenDetails token={at === null ? undefined : tokens[at]} some={tokens.length > 0} />
      {ended && tokens.length > 0 && <TokenTable tokens={tokens} />}
    </>
  );
}

function Option({ at, token: { bytes, standing }, text, isFirst }: {
  at: number;
  token: WrittenToken;
  text: string;
  isFirst: boolean;
}) {
  const shade = standing ? SHADES.findIndex((bound) => standing.probability < bound) : -1;
  const told = standing
    ? `${formatProbability(standing.probability)}, ${formatPlace(standing.rank)} likeliest`
    : "probability unknown";
  return (
    <span
      role="option"
      aria-selected="false"
      aria-label={`${tokenWords(bytes)}: ${told}`}
      tabIndex={isFirst ? 0 : -1}
      data-at={at}
      class={shade < 0 ? "token" : `token unlikely-${shade}`}
    >
      {text}
    </span>
  );
}

function TokenDetails({ token, some }: { token: WrittenToken | undefined; some: boolean }) {
  if (!token) {
    return some
      ? (
        <p class="muted small token-details">
          Point at a token, or move through the text with the arrow keys: how likely it was, and
          what else might have come. What was unlikely is shaded.
        </p>
      )
      : null;
  }
  const { standing, bytes, choices } = token;
  if (!standing) {
    return (
      <p class="muted small token-details">
        This text is longer than the model's context, so no single pass tells its probabilities.
      </p>
    );
  }
  const bars = choices.map((choice) => ({
    bytes: choice.bytes,
    share: choice.probability,
    marked: choice.token === standing.token,
  }));
  // What came although others were likelier stands below them.
  const own = { bytes, share: standing.probability, marked: true };
  return (
    <div class="token-details" data-token-details>
      <p class="small">
        <code>{tokenLabel(bytes)}</code>: <b>{formatProbability(standing.probability)}</b>,{" "}
        {formatPlace(standing.rank)} likeliest
      </p>
      <ChoiceBars
        label="The likeliest at this place"
        figure="Probability"
        bars={bars.some(({ marked }) => marked) ? bars : [...bars, own]}
      />
    </div>
  );
}

function TokenTable({ tokens }: { tokens: WrittenToken[] }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        As a table <span class="muted">{formatInteger(tokens.length)} tokens</span>
      </summary>
      {open && (
        <TableBox label="Tokens and their probabilities">
          <table>
            <thead>
              <tr>
                <th scope="col" class="num">Nr.</th>
                <th scope="col">Token</th>
                <th scope="col" class="num">Probability</th>
                <th scope="col" class="num">Place</th>
                <th scope="col">Likeliest</th>
              </tr>
            </thead>
            <tbody>
              {tokens.map(({ bytes, standing, choices }, i) => (
                <tr key={i}>
                  <td class="num">{i + 1}</td>
                  <th scope="row">
                    <code>{tokenLabel(bytes)}</code>
                  </th>
                  <td class="num">{standing ? formatProbability(standing.probability) : ""}</td>
                  <td class="num">{standing ? formatPlace(standing.rank) : ""}</td>
                  <td>
                    <code>{choices.length > 0 ? tokenLabel(choices[0].bytes) : ""}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </details>
  );
}
