export type { BrokerAccess, BrokerSecret } from "./access.ts";
export * from "./constants.ts";
export { KEDA_WEBHOOK_PORTS, Keda, planKedaValues } from "./keda.ts";
export {
  LagScaler,
  type LagScalerArgs,
  type LagScaling,
  planScaledObject,
  planTriggerAuthentication,
} from "./lag-scaler.ts";
export {
  brokerCount,
  planRedpandaOperatorValues,
  planRedpandaValues,
  Redpanda,
  type RedpandaArgs,
  type TieredStorage,
} from "./redpanda.ts";
export { planTopics, planUser, type TopicSettings, Topics, type TopicsArgs, USER_ACLS } from "./topics.ts";
