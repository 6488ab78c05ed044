export * from "./constants.ts";
export { planDeployment, roleLabels, type ServiceLogin, type ServiceProcess } from "./deployment.ts";
export { planReach, type ServiceReach } from "./reach.ts";
export { planResultRights } from "./results.ts";
export { CLUSTER_RULES, NAMESPACE_RULES, TEAM_RULES } from "./rights.ts";
export { SubmissionService, type SubmissionServiceArgs } from "./submission-service.ts";
