import type { ComponentChildren } from "preact";
import { Term } from "./Term.tsx";
import { isBusy, type LiveRun } from "./live_run.ts";

interface Props {
  /** The guided run, once it was begun. */
  live: LiveRun | null;
  ready: boolean;
  onStart: () => void;
  /** Ends the guide, never the run. */
  onSkip: () => void;
}

/** A first run with words: trains a small sorter and says what is seen meanwhile. */
export function GuidedRun({ live, ready, onStart, onSkip }: Props) {
  const part = partOf(live);
  return (
    <section class="panel guide" data-guide={part.id} aria-labelledby="guide-title">
      <h2 id="guide-title">{part.title}</h2>
      <div class="prose" aria-live="polite">{part.words}</div>
      <p class="actions">
        {live === null && (
          <button class="button" type="button" disabled={!ready} onClick={onStart}>
            Train my first model
          </button>
        )}
        <button class="button quiet" type="button" disabled={!ready} onClick={onSkip}>
          {live?.phase === "finished" ? "Close the guide" : "Skip the guide"}
        </button>
      </p>
    </section>
  );
}

/** Loss in nats above which it has hardly begun, and below which it is nearly always right. */
const GUESSING = 3;
const SURE = 0.3;

interface Part {
  id: string;
  title: string;
  words: ComponentChildren;
}

function partOf(live: LiveRun | null): Part {
  if (live === null) return OFFER;
  if (live.phase === "finished") return FINISHED;
  if (!isBusy(live)) return STOPPED;
  const loss = live.tick.value?.lossNats ?? Infinity;
  if (loss > GUESSING) return FIRST;
  if (loss > SURE) return { ...LEARNING, words: learning(loss) };
  return LATE;
}

const OFFER: Part = {
  id: "offer",
  title: "Your first model, in less than a minute",
  words: (
    <p>
      A small <Term id="model" /> of 10,848 <Term id="weights" />{" "}
      learns to put six digits in order, here in your tab, from nothing. You watch it learn, test
      it, and put it on the board if you like.
    </p>
  ),
};

const FIRST: Part = {
  id: "first",
  title: "It guesses",
  words: (
    <>
      <p>
        The weights were drawn at random from the <Term id="seed" />. The <Term id="loss" />{" "}
        begins near 5.5: each of 256 bytes seems equally likely to it.
      </p>
      <p>
        At each <Term id="step" />{" "}
        it sees 32 new examples and every weight moves a little. The first steps are small: the{" "}
        <Term id="rate" /> warms up.
      </p>
    </>
  ),
};

const LEARNING = { id: "learning", title: "It finds out what answers look like" };

function learning(loss: number) {
  return (
    <>
      <p>
        The loss falls quickly, now to{" "}
        {loss.toFixed(2)}: first it learns that answers are digits and spaces, then which digits.
        Below the curves you see what it writes: still wrong, but well-formed.
      </p>
      <p>
        The dashed <Term id="dev">dev curve</Term>{" "}
        comes from examples it never trains on. It falls along, so the model learns the task, not
        the examples. The <Term id="gradient">gradient norm</Term>{" "}
        says how much each step still wants to change.
      </p>
    </>
  );
}

const LATE: Part = {
  id: "late",
  title: "It sorts",
  words: (
    <p>
      A loss near 0 means it is nearly sure and nearly always right. The learning rate falls now, so
      that it settles. Every so often a <Term id="checkpoint" /> is hashed: these hashes are the
      {" "}
      <Term id="chain" /> by which anybody can prove later that this training happened as the{" "}
      <Term id="recipe" /> says.
    </p>
  ),
};

const FINISHED: Part = {
  id: "finished",
  title: "Your model is trained",
  words: (
    <p>
      Now test it: press <strong>Score it in this tab</strong>{" "}
      below. It meets 200 trials that it was never shown; the score is the very one the board will
      find. Then submit it, or fork it and try to do better with fewer weights: that is the{" "}
      <Term id="pareto" />.
    </p>
  ),
};

const STOPPED: Part = {
  id: "stopped",
  title: "The run has stopped",
  words: (
    <p>
      Nothing is lost: one press of <strong>Continue</strong>{" "}
      in the list of your runs goes on from its last <Term id="checkpoint" />.
    </p>
  ),
};
