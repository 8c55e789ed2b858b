// The documents of docs/ as HTML for pages. Knows no route but that of a document.

import { Marked, type Tokens } from "marked";
import { NotFoundError } from "../errors.ts";
import { escapeXml } from "./xml.ts";

const FOLDER = new URL("../../docs/", import.meta.url);

/** Listed first, in this order; the names are the files' without ".md". */
const SUMMARIES: Record<string, string> = {
  "provenance": "Recipes, chains of checkpoints, verdicts, probes, reports",
  "statistics": "Intervals, comparisons, ties, score for its cost, baselines",
  "contamination": "How corpora are searched for evaluation texts, and what follows",
  "sealed-twins": "Trials that nobody can have learned by heart",
  "exactness": "The arithmetic that makes every machine agree to the last bit",
  "flops": "How training cost is counted",
  "recipe": "Writing a recipe, field by field",
  "file-format": "What a model file holds",
  "lab": "Scoring by hand: rubrics, studies, agreement, judges",
  "import-export": "GPT-2, GPT-Neo and Llama in, safetensors out",
  "code-completion": "How completed functions are run and judged",
  "adding-a-benchmark": "One file, one line in the registry",
  "playground": "Training, testing, writing with models and looking inside, in one tab",
  "gallery": "The models this board begins with, and how they were made",
  "performance": "Measured speed of training, scoring and pages",
  "operating": "Installing, watching, stopping and sizing a server",
  "security": "What strangers can try, what stands against it, and which test tries",
  "workers": "How jobs are handed out, and how to add a machine",
  "architecture": "How the program is built",
};

export interface Document {
  name: string;
  /** Its first heading. */
  title: string;
  /** One line. */
  summary: string;
  /** All below the first heading. */
  html: string;
}

/** Every document there is. */
export async function listDocuments(): Promise<Document[]> {
  const files = await Array.fromAsync(Deno.readDir(FOLDER));
  const found = files.flatMap(({ name }) => name.endsWith(".md") ? name.slice(0, -3) : []).sort();
  const known = Object.keys(SUMMARIES).filter((name) => found.includes(name));
  const names = [...known, ...found.filter((name) => !known.includes(name))];
  return await Promise.all(names.map(readDocument));
}

/** @throws {NotFoundError} when there is no such document. */
export async function readDocument(name: string): Promise<Document> {
  const text = /^[\w-]{1,60}$/.test(name) ? await textOf(name) : null;
  const [, title, body] = text?.match(/^# ([^\n]*)\n(.*)$/s) ?? [];
  if (body === undefined) {
    throw new NotFoundError("There is no document of this name", {
      got: name.slice(0, 40),
      fix: "Choose one from the list of documents.",
    });
  }
  const html = await reader.parse(body, { async: true });
  const summary = SUMMARIES[name] ?? firstSentence(html);
  return { name, title: title.replaceAll("`", ""), summary, html };
}

async function textOf(name: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(new URL(`${name}.md`, FOLDER));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** For documents without a summary of their own. */
function firstSentence(html: string): string {
  const [, paragraph = ""] = html.match(/<p>(.*?)<\/p>/s) ?? [];
  return paragraph.replaceAll(/<[^>]*>/g, "").split(/(?<=\.)\s/)[0]
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}

/** GitHub's Markdown; boxes that scroll can be reached by keyboard. */
const reader = new Marked({
  gfm: true,
  renderer: {
    heading({ tokens, depth, text }: Tokens.Heading): string {
      return `<h${depth} id="${anchorOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>`;
    },
    code({ text }: Tokens.Code): string {
      return `<pre tabindex="0"><code>${escapeXml(text)}</code></pre>`;
    },
    // What looks like markup is meant to be read, but for comments.
    html: ({ text }: Tokens.HTML | Tokens.Tag): string =>
      text.startsWith("<!--") ? "" : escapeXml(text),
    link({ href, tokens }: Tokens.Link): string {
      return `<a href="${escapeXml(addressOf(href))}">${this.parser.parseInline(tokens)}</a>`;
    },
    table({ header, rows }: Tokens.Table): string {
      const cell = (tag: string, { tokens, align }: Tokens.TableCell) =>
        `<${tag}${align === "right" ? ' class="num"' : ""}>${
          this.parser.parseInline(tokens)
        }</${tag}>`;
      const line = (tag: string, cells: Tokens.TableCell[]) =>
        `<tr>${cells.map((each) => cell(tag, each)).join("")}</tr>`;
      const label = escapeXml(header.map(({ text }) => text).filter(Boolean).join(", "));
      return `<div class="table-box" role="region" aria-label="${label}" tabindex="0"><table>` +
        `<thead>${line("th", header)}</thead><tbody>${
          rows.map((cells) => line("td", cells)).join("")
        }</tbody></table></div>`;
    },
  },
});

/** "## Two models" → "two-models". */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s-]/gu, "").trim().replaceAll(/\s+/g, "-");
}

/** Documents link to one another as files. */
function addressOf(href: string): string {
  return href.replace(/^([\w-]+)\.md(?=#|$)/, "/docs/$1");
}
