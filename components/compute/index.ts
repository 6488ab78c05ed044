export * from "./constants.ts";
export { OperatorCrds, type OperatorCrdsArgs } from "./operator.ts";
