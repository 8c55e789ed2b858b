// The build entry of the stand-in: bundles islands and writes the production server.

export { Builder, type BuildOptions, type ResolvedBuildConfig } from "./src/build/builder.ts";
export type { OnTransformArgs, OnTransformOptions, TransformFn } from "./src/build/transform.ts";
