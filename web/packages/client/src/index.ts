export type * from "./types.js";
export * from "./signatures.js";
