import type { PlatformProfile, TrinoSql } from "../../spec/index.ts";
import { commandOf, imageOf, type Program } from "../program.ts";
import { sqlCommand, sqlEnv } from "./sql-script.ts";

const CLIENT =
  'exec trino --server "$ORCH_TRINO_URL" --user "$ORCH_TEAM" --source "$ORCH_PIPELINE_ID" --file /tmp/query.sql';

/**
 * A container with Trino's client. `sql_uri` needs an image that also has `aws`; an image with an entrypoint in the profile runs that
 * instead, with the same env.
 */
export function trinoSql(node: TrinoSql, profile: PlatformProfile): Program {
  const image = imageOf(node, profile);
  return { image, command: commandOf(node, image, profile, sqlCommand(CLIENT)), args: node.args, env: sqlEnv(node) };
}
