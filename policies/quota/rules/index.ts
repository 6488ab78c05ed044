export { burstIsApproved } from "./burst-is-approved.ts";
export { quotaWithinPools } from "./quota-within-pools.ts";
export { quotasAddUp } from "./quotas-add-up.ts";
