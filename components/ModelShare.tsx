import CopyText from "../islands/CopyText.tsx";

/** What leads to a model from elsewhere: its badge with the text to paste, and its JSON. */
export function ModelShare({ id, name, origin }: { id: string; name: string; origin: string }) {
  const page = `${origin}/models/${id}`;
  const alt = plain(name);
  const snippets = [
    {
      id: "badge-markdown",
      label: "Markdown",
      text: `[![${escapedForMarkdown(alt)}](${page}/badge.svg)](${page})`,
    },
    {
      id: "badge-html",
      label: "HTML",
      text: `<a href="${page}"><img src="${page}/badge.svg" alt="${escapedForHtml(alt)}"></a>`,
    },
  ];
  return (
    <>
      <p>
        <img class="badge" src={`/models/${id}/badge.svg`} alt={alt} />
      </p>
      {snippets.map((snippet) => (
        <div key={snippet.id} class="snippet">
          <h3>{snippet.label}</h3>
          <pre id={snippet.id} tabIndex={0}>{snippet.text}</pre>
          <CopyText from={snippet.id} what={`the badge in ${snippet.label}`} />
        </div>
      ))}
      <p class="prose">
        With <code>?benchmark=sort-6</code>{" "}
        the badge says a score too. All of this page for programs:{" "}
        <a href={`/api/v1/models/${id}`}>JSON</a>, described in <a href="/api">the API</a>.
      </p>
    </>
  );
}

function plain(name: string): string {
  return `${name} on Tinyproof`;
}

/** CommonMark 2.4 and 6.5: any ASCII punctuation may be escaped. */
function escapedForMarkdown(text: string): string {
  return text.replace(/[!-/:-@[-`{-~]/g, "\\$&");
}

function escapedForHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
