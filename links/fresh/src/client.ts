// Runs in the browser: gives each island on the page its component, in the place it was rendered.

import { options } from "preact";
import { DATA_ID, ISLAND, PARTIAL } from "./props.ts";
import { mount, outermost } from "./ranges.ts";
import { markerParts, PageReader } from "./reader.ts";
import { CLIENT_NAV, setBuildId } from "./shared.ts";

const previousHook = options.vnode;

// An attribute that is false is left out of an element; here it turns client navigation off.
options.vnode = (vnode) => {
  const props = vnode.props as Record<string, unknown>;
  if (typeof vnode.type === "string" && CLIENT_NAV in props) {
    props[CLIENT_NAV] = String(props[CLIENT_NAV]);
  }
  previousHook?.(vnode);
};

/** Starts the islands of the page and, where it is asked for, client navigation. */
export async function boot(): Promise<void> {
  const navigates = document.querySelector(`[${CLIENT_NAV}="true"]`) !== null;
  const navigation = navigates ? await import("./partials.ts") : null;
  const reader = await PageReader.open(document, DATA_ID, navigation?.partialVNode);
  setBuildId(reader.data.buildId);
  const openings = navigation ? [ISLAND, PARTIAL] : [ISLAND];
  const broken = (error: unknown, start: Comment) => {
    const island = reader.data.islands[Number(markerParts(start)[0])];
    console.error(`${(error as Error).message} (${island?.module} ${island?.exportName})`);
  };
  for (const range of outermost(document.body, openings, broken)) {
    const isIsland = range.start.data.startsWith(ISLAND);
    const vnode = isIsland ? reader.island(range.start) : reader.partial(range.start, range.nodes);
    mount(vnode, range);
  }
  navigation?.start();
}
