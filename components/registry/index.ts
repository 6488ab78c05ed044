export type { DatabaseAccess, DatabaseSecret } from "./access.ts";
export * from "./constants.ts";
