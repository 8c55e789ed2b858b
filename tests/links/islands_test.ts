import assert from "node:assert/strict";
import { Signal } from "@preact/signals";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { deserialize, type PageData, serialize } from "../../links/fresh/src/props.ts";
import { buildFixture } from "./fixture/build.ts";

let outDir: string;
let html: string;
let link: string;
let plain: string;

beforeAll(async () => {
  outDir = await Deno.makeTempDir();
  const ask = await buildFixture(outDir);
  const page = await ask("/counters");
  link = page.headers.get("link")!;
  html = await page.text();
  plain = await (await ask("/models/7")).text();
});
afterAll(() => Deno.remove(outDir, { recursive: true }));

function pageData(): PageData {
  const text = /<script id="__FRSH_DATA"[^>]*>(.*?)<\/script>/s.exec(html)![1];
  return deserialize(text, (id) => `slot ${id}`);
}

describe("a page with islands", () => {
  it("marks where each island stands, with what the server rendered", () => {
    assert.match(
      html,
      /<!--island:0:--><div class="counter" data-side="server"/,
    );
    assert.match(
      html,
      /id="a">a: 3<\/button><\/div><!--\/island--><p>between<\/p>/,
    );
  });

  it("marks server-rendered content inside an island, and islands inside of that", () => {
    assert.match(html, /<!--slot:0--><em>from the server <!--island:2:-->/);
    assert.match(html, /<!--\/island--><\/em><!--\/slot-->/);
  });

  it("sends content an island has not shown yet in a template", () => {
    assert.match(
      html,
      /<template id="__FRSH_DATA-slot-1"><i>kept for later<\/i>/,
    );
  });

  it("names the script and the export of each island", () => {
    const { islands } = pageData();
    assert.deepEqual(islands.map(({ exportName }) => exportName), [
      "default",
      "default",
      "default",
      "Toggle",
      "default",
    ]);
    for (const { module } of islands) {
      assert.match(module, /^\/_fresh\/js\/\w+\/\w+\.js$/);
    }
  });

  it("keeps a signal that islands share one signal", () => {
    const [a, b, nested, , late] = pageData().islands.map(({ props }) => props.count);
    assert.ok(a instanceof Signal);
    assert.equal(a.value, 3);
    assert.equal(a, b);
    assert.equal(a, late);
    assert.notEqual(a, nested);
  });

  it("cannot be left through a prop", () => {
    assert.equal(pageData().islands[1].props.label, "</script><b>");
    assert.equal(html.match(/<script/g)!.length, 2);
    assert.doesNotMatch(html, /<b>/);
  });

  it("names the scripts it will need in a header, each once", () => {
    for (const { module } of pageData().islands) {
      assert.equal(link.split(`<${module}>; rel="modulepreload"`).length, 2, module);
    }
  });

  it("starts them by an inline script that has the nonce of the page", () => {
    assert.match(
      html,
      /<script type="module" nonce="\w+">import{boot}from"[^"]+";boot\(\)<\/script>/,
    );
  });
});

describe("server-rendered JSX inside of a prop", () => {
  let tabs: string;
  beforeAll(async () => {
    const ask = await buildFixture(outDir);
    tabs = await (await ask("/tabs")).text();
  });

  it("is rendered by the server where the island puts it", () => {
    assert.match(tabs, /<div id="body"><!--slot:0--><p>one<\/p><!--\/slot--><\/div>/);
    assert.match(tabs, /<li><!--slot:2--><b>x<\/b><!--\/slot--><\/li>/);
  });

  it("waits in a template where it does not yet", () => {
    assert.match(tabs, /<template id="__FRSH_DATA-slot-1"><!--island:1:-->/);
  });

  it("travels as a reference, everything around it as it is", () => {
    const text = /<script id="__FRSH_DATA"[^>]*>(.*?)<\/script>/s.exec(tabs)![1];
    const { islands: [{ props }] } = deserialize(text, (id) => `slot ${id}`);
    assert.deepEqual(props, {
      tabs: [{ label: "first", body: "slot 0" }, { label: "second", body: "slot 1" }],
      marks: ["slot 2", "slot 3"],
    });
  });
});

describe("a page without islands", () => {
  it("ships no script at all", () => {
    assert.doesNotMatch(plain, /<script|modulepreload|<!--/);
  });
});

describe("props", () => {
  it("travel with their types", () => {
    const props = {
      big: 12345678901234567890n,
      nan: NaN,
      negativeZero: -0,
      missing: undefined,
      when: new Date(5),
      bytes: new Uint8Array([1, 2]),
      map: new Map([["a", new Set([1])]]),
      address: new URL("https://a.example/b?c"),
      pattern: /a+/gi,
    };
    const islands = [{ module: "/m.js", exportName: "default", props }];
    const text = serialize({ buildId: "b", islands });
    assert.deepStrictEqual(
      deserialize(text, () => null).islands[0].props,
      props,
    );
  });

  it("may not be functions", () => {
    const islands = [{
      module: "/m.js",
      exportName: "default",
      props: { onClick: () => {} },
    }];
    assert.throws(() => serialize({ buildId: "b", islands }), /function/);
  });
});
