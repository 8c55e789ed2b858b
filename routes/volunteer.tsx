import { Head } from "fresh/runtime";
import { define } from "../app_state.ts";
import VisitorKey from "../islands/VisitorKey.tsx";
import Volunteer from "../islands/Volunteer.tsx";

export default define.page(function VolunteerPage() {
  return (
    <>
      <Head>
        <title>Lend your tab · Tinyproof</title>
      </Head>
      <h1>Lend your tab</h1>
      <p class="lead">
        Your browser trains models of this board again, one after the other, and signs what comes
        out: parts of a run where this board has kept states of it, small ones first, then whole
        runs. It begins when you say so and ends when you do.
      </p>
      <Volunteer />
      <WhatItIsGoodFor />
      <section>
        <h2>Your key</h2>
        <VisitorKey />
      </section>
    </>
  );
});

function WhatItIsGoodFor() {
  return (
    <section class="prose">
      <h2>What it is good for</h2>
      <p>
        This board replays its leading models itself. A replay by somebody else, in another engine
        and on another processor, says that the bits do not depend on us: the model's page then
        shows <em>exact</em> with the number of runtimes that agree.
      </p>
      <p>
        A part is checked against the checkpoints in it, and the page shows how much of the run such
        parts cover. They are not counted as a replay of the run.
      </p>
      <p>
        A confirmation cannot change a verdict. It has to answer a number drawn before the replay
        and to know what each checkpoint is the hash of, so copying the file is not enough. One that
        says something else than the board has the board look again.{" "}
        <a href="/docs/provenance">How that works</a>
      </p>
      <h2>What becomes known of you</h2>
      <p>
        The key below, the kind of your browser and its JavaScript engine, and the instruction set
        of your processor, as your browser tells them. No account, no name. Most of the processor is
        busy while it works; it goes on behind other tabs.
      </p>
    </section>
  );
}
