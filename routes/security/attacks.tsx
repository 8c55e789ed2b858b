import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { shortDigest } from "../../components/format.ts";
import { TableBox } from "../../components/TableBox.tsx";
import results from "../../data/attacks.json" with { type: "json" };

interface AttackRow {
  id: string;
  cheat: string;
  caughtBy: string;
  expected: string;
  expectedStep?: number;
  found: { outcome: string; step: number | null; detail: string };
  asStated: boolean;
}

const ATTACKS: readonly AttackRow[] = results.attacks;

export const handler = define.handlers({
  GET(ctx) {
    ctx.state.keep = true;
    return page();
  },
});

export default define.page<typeof handler>(function AttacksPage() {
  const wrong = ATTACKS.filter(({ asStated }) => !asStated).length;
  return (
    <>
      <Head>
        <title>Attacks · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/about">How it works</a>
      </p>
      <h1>How one would cheat</h1>
      <p class="lead">
        Every cheat we could think of, carried out by a program as its author would, on the real
        engine. Each has to end as this table says; continuous integration runs them all.
      </p>
      <p class={wrong === 0 ? "note good" : "note bad"}>
        {wrong === 0
          ? `All ${ATTACKS.length} ended as stated`
          : `${wrong} of ${ATTACKS.length} did not end as stated`} on {results.at}, with the engine
        {" "}
        <code>{shortDigest(results.engine)}…</code>
      </p>
      <AttackTable />
      <section class="prose">
        <h2>Do it yourself</h2>
        <pre tabIndex={0}>deno task prove attacks</pre>
        <p>
          A cheat that is not on this page, and works, is the most welcome report of all. What a
          replay cannot show stands under{" "}
          <a href="/about">How it works</a>: honesty of data, selection of seeds and the time a
          training took.
        </p>
      </section>
    </>
  );
});

function AttackTable() {
  return (
    <TableBox label="Attacks">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Cheat</th>
            <th scope="col">Caught by</th>
            <th scope="col">Has to end as</th>
            <th scope="col">Last result</th>
          </tr>
        </thead>
        <tbody>{ATTACKS.map((attack) => <Attack key={attack.id} attack={attack} />)}</tbody>
      </table>
    </TableBox>
  );
}

function Attack({ attack: { id, cheat, caughtBy, expected, expectedStep, found, asStated } }: {
  attack: AttackRow;
}) {
  return (
    <tr id={id} class={asStated ? undefined : "differs"}>
      <th scope="row">{cheat}</th>
      <td class="small" data-label="Caught by">{caughtBy}</td>
      <td class="nowrap" data-label="Has to end as">{ending(expected, expectedStep ?? null)}</td>
      <td class="small whole" data-label="Last result">
        {asStated ? "✓ " : "✗ "}
        {ending(found.outcome, found.step)}
        {found.detail && <span class="muted">. {found.detail}</span>}
      </td>
    </tr>
  );
}

function ending(outcome: string, step: number | null): string {
  return step === null ? outcome : `${outcome} at step ${step}`;
}
