import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type PageEdit, readPage, rewritePage } from "../../lib/dump/html.ts";

const EDIT: PageEdit = {
  link: ({ value }) => ({ value: value.startsWith("/") ? `..${value}/index.html` : value }),
  scriptAddress: (address) => address.startsWith("/known/") ? `..${address}` : null,
  root: {},
  banner: "<aside>copy</aside>",
  form: "<p>note</p>",
  csp: null,
};

const page = (body: string, head = "") =>
  `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/>${head}</head><body>${body}</body></html>`;

describe("the links of a page", () => {
  it("are what it shows, loads and leads to, each once", () => {
    const { links } = readPage(page(
      `<a href="/a?x=1&amp;y=2">1</a><a href="/a?x=1&amp;y=2">2</a><a href="#b">3</a>
       <svg viewBox="0 0 1 1"><a href="/c"><title>x</title></a></svg>
       <img src="/d.png" srcset="/e.png 1x, /f.png 2x"/><p title="/no">/no</p>
       <!-- <a href="/no">no</a> --><script>"<a href='/no'>"</script>`,
      `<link rel="stylesheet" href="/g.css"/><meta property="og:image" content="/h.png"/>`,
    ));
    assert.deepEqual(links, [
      ...["/g.css", "/h.png", "/a?x=1&y=2", "#b", "/c", "/d.png", "/e.png", "/f.png"],
    ]);
  });

  it("are in its scripts too, where a text is an address and nothing else", () => {
    const { inScripts } = readPage(page(
      `<script type="application/json">["/files/a.tinygpt","see /b.js","/c"]</script>
       <script type="module">import{boot}from"/_fresh/js/x.js";boot()</script>`,
    ));
    assert.deepEqual(inScripts, ["/files/a.tinygpt", "/c", "/_fresh/js/x.js"]);
  });

  it("lead on through a series, and not back", () => {
    const { links, next } = readPage(
      page(`<a href="/l?p=1" rel="prev">b</a><a href="/l?p=3" rel="next">n</a><a href="/l">f</a>`),
    );
    assert.deepEqual(links, ["/l?p=3", "/l"]);
    assert.equal(next, "/l?p=3");
  });

  it("are not followed by others where the page says so", () => {
    assert.equal(readPage(page("", `<meta name="robots" content="noindex"/>`)).hidden, true);
    assert.equal(readPage(page("", `<meta name="robots" content="all"/>`)).hidden, false);
  });
});

describe("a page that is written anew", () => {
  it("differs in its links alone", () => {
    const body = (link: string) =>
      `<p class="a">Text &lt;b&gt; &amp; “more”<br/></p><a class="x" href="${link}">y</a>` +
      `<svg viewBox="0 0 1 1"><path d="M0 0h1"></path></svg>`;
    assert.equal(
      rewritePage(page(body("/m")), { ...EDIT, banner: "" }),
      page(body("../m/index.html")),
    );
  });

  it("escapes what it puts into attributes", () => {
    const edit = { ...EDIT, link: () => ({ value: `"><script>` }) };
    assert.match(rewritePage(page(`<a href="/m">y</a>`), edit), /href="&quot;&gt;&lt;script&gt;"/);
  });

  it("marks a link to what it lacks, and takes away that it downloads", () => {
    const edit = { ...EDIT, link: () => ({ value: "note", needsServer: true }) };
    assert.match(
      rewritePage(page(`<a href="/m" download>y</a>`), edit),
      /<a href="note" data-needs-server="" title="Needs the live server">/,
    );
  });

  it("has a note in the place of a form that a server answers, not of a script's own", () => {
    const html = rewritePage(
      page(
        `<form action="/s" method="get"><input name="q"><a href="/x">x</a></form>` +
          `<form class="own"><input name="p"></form>`,
      ),
      EDIT,
    );
    assert.match(html, /<body><p>note<\/p><form class="own"><input name="p"><\/form>/);
  });

  it("keeps the table that a form is around, and its links, with controls that do nothing", () => {
    const html = rewritePage(
      page(
        `<form class="c" action="/s"><table><tr><td><input type="checkbox" name="m"></td>` +
          `<td><a href="/m">m</a></td></tr></table><button>Go</button></form><input name="after">`,
      ),
      EDIT,
    );
    assert.ok(html.includes(
      `<div data-unserved="" class="c"><table><tr><td><input type="checkbox" name="m" disabled="">` +
        `</td><td><a href="../m/index.html">m</a></td></tr></table>` +
        `<button disabled="">Go</button></div><input name="after">`,
    ));
  });

  it("has the banner before its first header", () => {
    const html = rewritePage(
      page(`<a class="skip" href="#m"></a><header></header><header/>`),
      EDIT,
    );
    assert.match(html, /<\/a><aside>copy<\/aside><header><\/header><header\/>/);
  });

  it("carries its policy, with the hash of its script for the nonce", () => {
    const csp = "upgrade-insecure-requests; script-src 'self' 'nonce-abc' 'wasm-unsafe-eval'; " +
      "style-src 'self'; frame-ancestors 'none'";
    const html = rewritePage(
      page(
        `<script nonce="abc" type="application/json">["/known/a.js"]</script>` +
          `<script nonce="abc" type="module">import"/known/b.js"</script>`,
      ),
      { ...EDIT, csp },
    );
    const hash = createHash("sha256").update(`import"../known/b.js"`).digest("base64");
    assert.match(html, /<script type="application\/json">\["\.\.\/known\/a\.js"\]<\/script>/);
    assert.ok(html.includes(
      `<meta charset="utf-8"/><meta http-equiv="content-security-policy" ` +
        `content="script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}'; style-src 'self'">`,
    ));
    assert.ok(!html.includes("nonce"));
  });

  it("leaves a text in its scripts that is no address of a file", () => {
    const script = `<script type="application/json">["/unknown","/known"]</script>`;
    assert.ok(rewritePage(page(script), EDIT).includes(script));
  });
});
