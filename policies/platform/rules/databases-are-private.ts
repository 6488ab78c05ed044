import { z } from "zod";
import { knownAt } from "../../verdict/known.ts";
import { ofKind } from "../../verdict/resource.ts";
import { resourceRule } from "../../verdict/rule.ts";

export const databasesArePrivate = resourceRule({
  name: "databases-are-private",
  description: "A database has no public address.",
  why: "passwords of databases are guessed all day long wherever one answers; inside the network nobody can even ask.",
  fix: "set publiclyAccessible to false; people reach it through a port-forward.",
  settings: z.strictObject({}),
  applies: ofKind("aws:rds/Instance", "aws:rds/ClusterInstance", "aws:redshift/Cluster"),
  check: ({ props, type }) => {
    const open = knownAt(props, "publiclyAccessible");
    // Redshift is public where nothing is said, RDS where its subnets are.
    return open === true || (open === undefined && type.startsWith("aws:redshift")) ? ["can be reached publicly"] : [];
  },
});
