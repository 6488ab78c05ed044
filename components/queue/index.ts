export type { BrokerAccess, BrokerSecret } from "./access.ts";
export * from "./constants.ts";
