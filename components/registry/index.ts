export type { DatabaseAccess, DatabaseSecret } from "./access.ts";
export {
  type Backups,
  CloudNativePg,
  type CloudNativePgArgs,
  CNPG_HOST,
  CNPG_STATUS_PORT,
  CNPG_WEBHOOK_PORTS,
  planCnpgOperatorValues,
  planPostgresCluster,
} from "./cloudnative-pg.ts";
export * from "./constants.ts";
export { DatabaseUsers, type DatabaseUsersArgs } from "./databases.ts";
export { HARBOR_HOST, Harbor, type HarborArgs, type HarborStorage, planHarborValues } from "./harbor.ts";
export { findRdsProblems, planRds, RDS_PARAMETERS, type RdsArgs, RdsPostgres } from "./rds.ts";
export { planDatabasesSql, RdsDatabases, type RdsDatabasesArgs } from "./rds-databases.ts";
export { planRobot, ROBOTS, ROBOTS_SCRIPT, type Robot, robotSecret } from "./robots.ts";
