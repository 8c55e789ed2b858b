// What pages and islands share: safe to import on the server and in the browser.

export { HttpError } from "./src/error.ts";
export { asset, assetSrcSet, Head, IS_BROWSER } from "./src/shared.ts";
