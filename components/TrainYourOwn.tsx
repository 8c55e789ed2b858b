import CopyText from "../islands/CopyText.tsx";
import { isUploadId } from "../lib/corpora/registry.ts";
import { namedCorpora, type Recipe } from "../lib/verification/recipe.ts";

/** The very commands that train this model again, or one like it. */
export function TrainYourOwn(
  { recipe, id, origin }: { recipe: Recipe; id: string; origin: string },
) {
  return (
    <>
      <p class="actions">
        <a class="button quiet" href={`/playground?entry=${id}`}>
          Open the recipe in the playground
        </a>
      </p>
      <p class="prose">
        In a checkout of this project. As it stands, the recipe gives this model again, bit for bit;
        with <code>--seed</code>{" "}
        and another number, or after you have changed it, a model of your own.
      </p>
      <div class="snippet">
        <pre id="train-commands" tabIndex={0}>{commands(recipe, id, origin).join("\n")}</pre>
        <CopyText from="train-commands" what="the commands" />
      </div>
      <p>
        Then <a href="/submit">submit it</a>.
      </p>
    </>
  );
}

function commands(recipe: Recipe, id: string, origin: string): string[] {
  const cli = "npx -y deno@2.9 task cli";
  // The others are part of the checkout.
  const uploaded = new Set(namedCorpora(recipe).map(({ corpus }) => corpus).filter(isUploadId));
  const texts = [...uploaded].map((corpus) =>
    `curl --create-dirs -o texts/${corpus.slice(0, 12)}.txt ${origin}/corpora/${corpus}/text`
  );
  const files = uploaded.size === 0 ? "" : " --corpus-file texts";
  return [
    `curl -o recipe.json ${origin}/models/${id}/recipe.json`,
    ...texts,
    `${cli} train --recipe recipe.json --out mine.tinygpt${files}`,
    `${cli} score mine.tinygpt`,
    `${cli} verify mine.tinygpt${files}`,
  ];
}
