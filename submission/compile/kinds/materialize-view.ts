import type { MaterializeView, PlatformProfile } from "../../spec/index.ts";
import { commandOf, imageOf, type Program } from "../program.ts";
import { sqlCommand, sqlEnv } from "./sql-script.ts";

const CLIENT = 'exec psql "$ORCH_MATERIALIZE_URL" --no-psqlrc --set=ON_ERROR_STOP=1 --file=/tmp/query.sql';

/** Materialize speaks PostgreSQL: a container with `psql` creates the view, which then outlives the Workflow. */
export function materializeView(node: MaterializeView, profile: PlatformProfile): Program {
  const image = imageOf(node, profile);
  return { image, command: commandOf(node, image, profile, sqlCommand(CLIENT)), args: node.args, env: sqlEnv(node) };
}
