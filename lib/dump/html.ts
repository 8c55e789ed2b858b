// Reads the links of a page and writes the page anew with others. Knows nothing of where they lead.

import { createHash } from "node:crypto";
import { Parser } from "htmlparser2";

/** Attributes that hold an address, by element. */
const LINKS: Record<string, readonly string[]> = {
  a: ["href"],
  audio: ["src"],
  image: ["href"],
  img: ["src", "srcset"],
  link: ["href"],
  script: ["src"],
  source: ["src", "srcset"],
  use: ["href"],
  video: ["src", "poster"],
};
/** What is told to other sites about a page: `<meta property="og:image">`. */
const TOLD = /^(og|twitter):(image|url|image:url|image:secure_url)$/;
/** Text of an inline script that is an address on this site and nothing else. */
const ADDRESS_TEXT = /"(\/[\w./~-]+)(\\?")/g;
const DATA_SCRIPT = /json/;
const CONTROLS = ["button", "input", "select", "textarea"];

export interface Link {
  value: string;
  tag: string;
  /** "prev" and "next" lead through a series of pages. */
  rel: string;
  /** Read by browsers that are elsewhere: has to say the host too. */
  told: boolean;
}

export interface LinkEdit {
  /** Null takes the attribute away. */
  value: string | null;
  /** Leads to the note about what a copy cannot do, not to what the page meant. */
  needsServer?: boolean;
}

export interface PageEdit {
  link(link: Link): LinkEdit;
  /** An address in the text of an inline script; null leaves it. */
  scriptAddress(address: string): string | null;
  /** Added to the html element. */
  root: Record<string, string>;
  /** HTML in front of the header. */
  banner: string;
  /** HTML in the place of a form that a server has to answer; one around a table lets it stand. */
  form: string;
  /** The policy the page was sent with. */
  csp: string | null;
}

interface Tag {
  name: string;
  attributes: Record<string, string>;
  /** From "<" to behind ">". */
  start: number;
  end: number;
}

interface Visitor {
  open(tag: Tag): void;
  /** `from` is where the content began, `start` and `end` are of the closing tag. */
  close(name: string, place: { from: number; start: number; end: number }): void;
}

function visit(html: string, visitor: Visitor): void {
  const opened = new Map<string, number>();
  const parser = new Parser({
    onopentag(name, attributes) {
      const [start, end] = [parser.startIndex, parser.endIndex + 1];
      opened.set(name, end);
      visitor.open({ name, attributes, start, end });
    },
    onclosetag(name, implied) {
      if (implied) return;
      const [start, end] = [parser.startIndex, parser.endIndex + 1];
      visitor.close(name, { from: opened.get(name) ?? start, start, end });
    },
  }, { lowerCaseAttributeNames: false });
  parser.end(html);
}

/** A form is answered by a server; one without address and method is a script's own. */
function isServed({ name, attributes }: Tag): boolean {
  return name === "form" && ("action" in attributes || "method" in attributes);
}

interface Place extends Link {
  attribute: string;
}

function linksIn({ name, attributes }: Tag): Place[] {
  if (name === "meta") {
    const told = TOLD.test(attributes.property ?? attributes.name ?? "");
    const value = attributes.content;
    return told && value ? [{ attribute: "content", value, tag: name, rel: "", told }] : [];
  }
  return (LINKS[name] ?? []).flatMap((attribute) => {
    const value = attributes[attribute];
    const rel = attributes.rel ?? "";
    return value ? [{ attribute, value, tag: name, rel, told: false }] : [];
  });
}

/** The addresses of `srcset`, each put through `change`. */
function changeSet(value: string, change: (address: string) => string): string {
  return value.split(/,\s+/).map((candidate) => {
    const [address, ...size] = candidate.trim().split(/\s+/);
    return [change(address), ...size].join(" ");
  }).join(", ");
}

export interface PageLinks {
  /** What the page shows and leads to, but for the page before it in a series. */
  links: string[];
  /** The next page of a series. */
  next: string | null;
  /** Addresses in its scripts. */
  inScripts: string[];
  /** It asks not to be found. */
  hidden: boolean;
}

export function readPage(html: string): PageLinks {
  const links = new Set<string>();
  const inScripts = new Set<string>();
  let hidden = false;
  let next: string | null = null;
  visit(html, {
    open(tag) {
      for (const { attribute, value, rel } of linksIn(tag)) {
        // Who came by the series was there, and its pages may be cut another way backwards.
        if (rel === "prev") continue;
        if (rel === "next") next ??= value;
        if (attribute === "srcset") changeSet(value, (each) => (links.add(each), each));
        else links.add(value);
      }
      const { name, attributes } = tag;
      if (name === "meta" && attributes.name === "robots") {
        hidden ||= /noindex/.test(attributes.content ?? "");
      }
    },
    close(name, { from, start }) {
      if (name !== "script") return;
      for (const [, address] of html.slice(from, start).matchAll(ADDRESS_TEXT)) {
        inScripts.add(address);
      }
    },
  });
  return { links: [...links], next, inScripts: [...inScripts], hidden };
}

/** The page with its links changed, without forms, and with its own policy inside of it. */
export function rewritePage(html: string, edit: PageEdit): string {
  const page = new PageRewriter(html, edit);
  visit(html, page);
  return page.end();
}

class PageRewriter implements Visitor {
  readonly #html: string;
  readonly #edit: PageEdit;
  readonly #out: string[] = [];
  readonly #scriptHashes: string[] = [];
  /** Everything before it has been written. */
  #at = 0;
  /** Where in `#out` the policy goes: its hashes are known at the end. */
  #policyPlace = -1;
  /** Of the form that is being read. */
  #form: "dropped" | "opened" | null = null;
  #bannered = false;
  #script: Tag | null = null;

  constructor(html: string, edit: PageEdit) {
    this.#html = html;
    this.#edit = edit;
  }

  open(tag: Tag): void {
    if (this.#form === "dropped") return;
    if (isServed(tag)) return this.#openForm(tag);
    if (tag.name === "header" && !this.#bannered) {
      this.#bannered = true;
      this.#replace(tag.start, tag.start, this.#edit.banner);
    }
    if (tag.name === "script") this.#script = tag;
    const attributes = this.#changed(tag);
    if (attributes !== null) this.#replace(tag.start, tag.end, openTag(tag.name, attributes));
    if (tag.name === "meta" && "charset" in tag.attributes && this.#policyPlace < 0) {
      this.#replace(tag.end, tag.end, "");
      this.#policyPlace = this.#out.push("") - 1;
    }
  }

  close(name: string, { from, start, end }: { from: number; start: number; end: number }): void {
    if (name === "form" && this.#form !== null) {
      if (this.#form === "dropped") this.#at = end;
      else this.#replace(start, end, "</div>");
      if (this.#form === "dropped") this.#out.push(this.#edit.form);
      this.#form = null;
    } else if (name === "script" && this.#form !== "dropped") {
      const text = this.#html.slice(from, start).replace(ADDRESS_TEXT, (whole, address, quote) => {
        const known = this.#edit.scriptAddress(address);
        return known === null ? whole : `"${known}${quote}`;
      });
      this.#replace(from, start, text);
      if (text !== "" && !DATA_SCRIPT.test(this.#script?.attributes.type ?? "")) {
        const hash = createHash("sha256").update(text).digest("base64");
        this.#scriptHashes.push(`'sha256-${hash}'`);
      }
    }
  }

  end(): string {
    this.#replace(this.#html.length, this.#html.length, "");
    if (this.#policyPlace >= 0 && this.#edit.csp !== null) {
      const content = policyOf(this.#edit.csp, this.#scriptHashes);
      const attributes = { "http-equiv": "content-security-policy", content };
      this.#out[this.#policyPlace] = openTag("meta", attributes);
    }
    return this.#out.join("");
  }

  /** A form is left out; where it is around a table its controls are, and what it is about stays. */
  #openForm({ start, end, attributes }: Tag): void {
    const content = this.#html.slice(end, this.#html.indexOf("</form>", end));
    this.#form = content.includes("<table") ? "opened" : "dropped";
    if (this.#form === "dropped") return this.#replace(start, start, "");
    const kept: Record<string, string> = { "data-unserved": "" };
    if (attributes.class !== undefined) kept.class = attributes.class;
    this.#replace(start, end, openTag("div", kept));
  }

  /** The attributes of `tag` as they shall be; null when they stay as they are. */
  #changed(tag: Tag): Record<string, string> | null {
    const attributes = { ...tag.attributes };
    if (tag.name === "html") Object.assign(attributes, this.#edit.root);
    delete attributes.nonce;
    if (this.#form === "opened" && CONTROLS.includes(tag.name)) attributes.disabled = "";
    for (const { attribute, ...link } of linksIn(tag)) {
      const one = (value: string) => this.#edit.link({ ...link, value });
      const edit = attribute === "srcset"
        ? { value: changeSet(link.value, (each) => one(each).value ?? each) }
        : one(link.value);
      if (edit.value === null) delete attributes[attribute];
      else attributes[attribute] = edit.value;
      if ("needsServer" in edit && edit.needsServer) {
        delete attributes.download;
        attributes["data-needs-server"] = "";
        attributes.title ??= "Needs the live server";
      }
    }
    const same = Object.keys(attributes).length === Object.keys(tag.attributes).length &&
      Object.entries(attributes).every(([name, value]) => tag.attributes[name] === value);
    return same ? null : attributes;
  }

  #replace(start: number, end: number, text: string): void {
    this.#out.push(this.#html.slice(this.#at, start), text);
    this.#at = end;
  }
}

function openTag(name: string, attributes: Record<string, string>): string {
  const written = Object.entries(attributes).map(([attribute, value]) =>
    ` ${attribute}="${escapeHtml(value)}"`
  );
  return `<${name}${written.join("")}>`;
}

/** Text for HTML and XML, in attributes too. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/**
 * The policy for a `<meta>` of a page whose inline scripts have these hashes: without the directives
 * that count in a header only, and without asking for HTTPS, which a copy's host may not have.
 */
function policyOf(csp: string, scriptHashes: readonly string[]): string {
  return csp.split(";").map((directive) => directive.trim()).filter((directive) =>
    directive !== "" && !/^(frame-ancestors|report-|sandbox|upgrade-insecure)/.test(directive)
  ).map((directive) => {
    const without = directive.replace(/ 'nonce-[^']*'/g, "");
    return /^script-src /.test(without) ? [without, ...scriptHashes].join(" ") : without;
  }).join("; ");
}
