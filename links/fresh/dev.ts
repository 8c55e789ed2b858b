// The build entry of the stand-in: bundles islands and writes the production server.

export { Builder, type BuildOptions } from "./src/build/builder.ts";
