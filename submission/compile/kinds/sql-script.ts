import type { MaterializeView, TrinoSql } from "../../spec/index.ts";
import { paramEnv } from "../context.ts";
import type { EnvVar } from "../workflow.ts";

/**
 * The statement goes by env, never by the command line: other processes can read that one. `${ORCH_...}` in it is replaced by the
 * variable of that name: inputs, outputs and params.
 */
const PREPARE = [
  "set -eu",
  'if [ -n "${ORCH_SQL_URI-}" ]; then aws s3 cp --only-show-errors "$ORCH_SQL_URI" /tmp/template.sql; else printf \'%s\\n\' "$ORCH_SQL" > /tmp/template.sql; fi',
  "awk '{ while (match($0, /\\$\\{ORCH_[A-Z0-9_]+\\}/)) { printf \"%s%s\", substr($0, 1, RSTART - 1), ENVIRON[substr($0, RSTART + 2, RLENGTH - 3)]; $0 = substr($0, RSTART + RLENGTH) } print }' /tmp/template.sql > /tmp/query.sql",
].join("\n");

export const sqlCommand = (client: string): readonly string[] => ["sh", "-c", `${PREPARE}\n${client}`];

export function sqlEnv(node: TrinoSql | MaterializeView): EnvVar[] {
  const source: EnvVar =
    node.sql === undefined ? { name: "ORCH_SQL_URI", value: node.sqlUri ?? "" } : { name: "ORCH_SQL", value: node.sql };
  return [source, ...paramEnv(node.params)];
}
