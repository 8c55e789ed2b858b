// Used by the files a build writes; not for applications.

export { type App } from "./src/app.ts";
export { setBuildCache } from "./src/build_cache.ts";
export { loadBuild, type Snapshot } from "./src/build/load.ts";
