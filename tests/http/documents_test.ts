import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { NotFoundError } from "../../lib/errors.ts";
import { listDocuments, readDocument } from "../../lib/http/documents.ts";
import { below, parseXml } from "../support/xml.ts";

const FOLDER = new URL("../../docs/", import.meta.url);

describe("documents as pages", () => {
  it("are all there are, each with a title, a line about it, and markup that is whole", async () => {
    const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
      .filter((name) => name.endsWith(".md"));
    const documents = await listDocuments();
    assert.deepEqual(documents.map(({ name }) => `${name}.md`).toSorted(), files.toSorted());
    assert.equal(documents[0].name, "provenance");
    for (const { name, title, summary, html } of documents) {
      assert.ok(title && summary, name);
      parseXml(`<div>${html}</div>`);
    }
  });

  it("lead to one another, to headings that are there", async () => {
    const documents = new Map((await listDocuments()).map((each) => [each.name, each]));
    for (const { name, html } of documents.values()) {
      const links = below(parseXml(`<div>${html}</div>`), "a").map(({ attributes }) =>
        attributes.href
      );
      for (const link of links) {
        const [, path, anchor] = link.match(/^(?:\/docs\/([\w-]+))?(?:#(.*))?$/) ?? [];
        const target = path === undefined ? anchor && documents.get(name) : documents.get(path);
        if (path !== undefined) assert.ok(target, `${name} links to ${link}`);
        if (anchor && target) assert.ok(target.html.includes(`id="${anchor}"`), `${name}: ${link}`);
      }
    }
    const statistics = documents.get("statistics")!.html;
    assert.match(statistics, /<a href="\/docs\/exactness">/);
    assert.match(statistics, /<h2 id="score-for-its-cost">/);
  });

  it("show what looks like markup as text", async () => {
    const { html } = await readDocument("provenance");
    assert.ok(html.includes("&lt;SHA-256 of the engine"));
    assert.doesNotMatch(html, /<script|<style|style="|onclick/);
  });

  it("are none but those of the folder", async () => {
    for (const name of ["none", "..", "../README", "board.png", "", "a".repeat(100)]) {
      await assert.rejects(readDocument(name), NotFoundError, name);
    }
  });
});
