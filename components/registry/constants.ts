/** No imports here. */

/** Where databases run or are set up from. */
export const DATABASE_NAMESPACE = "registry";
export const HARBOR_NAMESPACE = "harbor";

/** One database each, owned by a user of the same name that can reach no other. */
export const DATABASES = ["registry", "argo", "marquez", "harbor", "grafana", "materialize"] as const;
export type DatabaseName = (typeof DATABASES)[number];

/** PostgreSQL's own port, everywhere. */
export const POSTGRES_PORT = 5432;

/** CloudNativePG's operator; the databases run in `DATABASE_NAMESPACE`. */
export const CNPG_NAMESPACE = "cnpg-system";
