import type { GuestPolicy } from "../lib/accounts/sender.ts";
import type { ScoringView } from "../lib/lab/scoring/view.ts";
import { levelKeys } from "./score_keys.ts";

interface Props {
  view: ScoringView;
  /** Of who is signed in. */
  account: string | null;
  guests: GuestPolicy;
}

/** Who rates, and what: before the first completion. */
export function ScoreStart({ view, account, guests }: Props) {
  const { set, rater, criteria } = view;
  if (account === null && rater === null && guests === "off") {
    const next = encodeURIComponent(`/lab/sets/${set.id}/score`);
    return (
      <p class="note">
        This board takes scores from accounts only.{" "}
        <a href={`/account/sign-in?next=${next}`}>Sign in</a>
      </p>
    );
  }
  return (
    <div class="grid-2">
      <form class="panel" method="post" action={`/lab/sets/${set.id}/score`}>
        <input type="hidden" name="do" value="begin" />
        <Rater name={account ?? rater?.name} />
        <OrderFields criteria={criteria} />
        <p class="actions">
          <button class="button" type="submit">Begin</button>
        </p>
      </form>
      <Keys levels={view.levels} />
    </div>
  );
}

/** By the account, by what was said before, or by what is written here. */
function Rater({ name }: { name: string | undefined }) {
  if (name) {
    return (
      <p>
        You score as <b>{name}</b>.
      </p>
    );
  }
  return (
    <div class="field">
      <label for="name">Your name or initials</label>
      <input id="name" name="name" required maxLength={60} autocomplete="name" />
      <p class="hint">Kept with your scores. This browser is known by a cookie.</p>
    </div>
  );
}

/** What to score, and in which order. */
function OrderFields({ criteria }: Pick<ScoringView, "criteria">) {
  const categories = [...new Set(criteria.map(({ category }) => category))];
  return (
    <>
      <div class="field">
        <label for="category">Category</label>
        <select id="category" name="category">
          <option value="">All, one after another</option>
          {categories.map((name) => <option key={name} value={name}>{name}</option>)}
        </select>
      </div>
      <div class="field">
        <label for="mode">Criteria</label>
        <select id="mode" name="mode">
          <option value="isolated">Those of the completion's own category</option>
          <option value="all">All of them for each completion</option>
        </select>
      </div>
      <div class="field">
        <label for="repeats">Shown twice, per cent</label>
        <input id="repeats" name="repeats" type="number" min="0" max="100" defaultValue="10" />
        <p class="hint">How far your second score is from your first is your drift.</p>
      </div>
    </>
  );
}

/** What the keys do, and that nothing is lost. */
function Keys({ levels }: { levels: readonly number[] }) {
  return (
    <div class="prose">
      <p>
        You see completions of several models in an order of your own, and not whose they are. Each
        score is kept in this browser at once and sent when there is a connection: reload, close or
        lose the network as you like.
      </p>
      <dl class="facts keys">
        <dt>
          {levelKeys(levels).map((key) => [<kbd key={key}>{key}</kbd>, " "])}
        </dt>
        <dd>the scores, lowest first; digits work too{levels.includes(0.5) && ", 5 is ½"}</dd>
        <dt>
          <kbd>u</kbd> <kbd>⌫</kbd>
        </dt>
        <dd>undo</dd>
        <dt>
          <kbd>n</kbd>
        </dt>
        <dd>a note on the criterion; Escape leaves it</dd>
        <dt>
          <kbd>←</kbd> <kbd>→</kbd>
        </dt>
        <dd>back, and on without a score</dd>
      </dl>
    </div>
  );
}
