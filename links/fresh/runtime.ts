// What pages and islands share: safe to import on the server and in the browser.

export { HttpError } from "./src/error.ts";
export { Head, type HeadProps } from "./src/head.ts";
export { asset, assetSrcSet, IS_BROWSER, Partial, type PartialProps } from "./src/shared.ts";
