import type { AwsAccess, Permission } from "../cluster/index.ts";

/** Who knows the tables of the lake:
 * - `rest`: an Iceberg REST catalog, at the profile's `endpoints.icebergCatalog`;
 * - `glue`: AWS Glue's data catalog of the account;
 * - `s3-tables`: a bucket of S3 Tables, which keeps tables in shape by itself.
 */
export type IcebergCatalog =
  | { readonly kind: "rest"; readonly uri: string; readonly warehouse: string }
  | { readonly kind: "glue"; readonly warehouse: string }
  | { readonly kind: "s3-tables"; readonly tableBucketArn: string };

export const ICEBERG_CATALOGS = ["rest", "glue", "s3-tables"] as const;

/** Trino's catalog file; credentials are the pod's role. */
export function planTrinoCatalog(catalog: IcebergCatalog, region: string): string {
  const lines = {
    "connector.name": "iceberg",
    "fs.native-s3.enabled": "true",
    "s3.region": region,
    ...catalogLines(catalog, region),
  };
  return `${Object.entries(lines)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n")}\n`;
}

function catalogLines(catalog: IcebergCatalog, region: string): Record<string, string> {
  switch (catalog.kind) {
    case "rest":
      return {
        "iceberg.catalog.type": "rest",
        "iceberg.rest-catalog.uri": catalog.uri,
        "iceberg.rest-catalog.warehouse": catalog.warehouse,
      };
    case "glue":
      return {
        "iceberg.catalog.type": "glue",
        "hive.metastore.glue.region": region,
        "hive.metastore.glue.default-warehouse-dir": catalog.warehouse,
      };
    case "s3-tables":
      return {
        "iceberg.catalog.type": "rest",
        "iceberg.rest-catalog.uri": `https://s3tables.${region}.amazonaws.com/iceberg`,
        "iceberg.rest-catalog.warehouse": catalog.tableBucketArn,
        "iceberg.rest-catalog.security": "SIGV4",
        "iceberg.rest-catalog.signing-name": "s3tables",
        "iceberg.rest-catalog.view-endpoints-enabled": "false",
      };
  }
}

/** What reading and writing tables takes. */
export function icebergPermissions(
  catalog: IcebergCatalog,
  { region, account }: Pick<AwsAccess, "region" | "account">,
): Permission[] {
  if (catalog.kind === "s3-tables") {
    return [
      {
        actions: [
          "s3tables:GetTableBucket",
          "s3tables:ListNamespaces",
          "s3tables:GetNamespace",
          "s3tables:CreateNamespace",
          "s3tables:ListTables",
        ],
        resources: [catalog.tableBucketArn],
      },
      {
        actions: [
          "s3tables:CreateTable",
          "s3tables:GetTable",
          "s3tables:GetTableData",
          "s3tables:GetTableMetadataLocation",
          "s3tables:PutTableData",
          "s3tables:UpdateTableMetadataLocation",
        ],
        resources: [catalog.tableBucketArn, `${catalog.tableBucketArn}/table/*`],
      },
    ];
  }
  return [
    ...warehousePermissions(catalog.warehouse),
    ...(catalog.kind === "glue" ? gluePermissions(region, account) : []),
  ];
}

function warehousePermissions(warehouse: string): Permission[] {
  const [bucket = "", ...path] = warehouse.slice("s3://".length).split("/").filter(Boolean);
  const arn = `arn:aws:s3:::${bucket}`;
  const prefix = path.map((part) => `${part}/`).join("");
  return [
    {
      actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
      resources: [`${arn}/${prefix}*`],
    },
    {
      actions: ["s3:ListBucket"],
      resources: [arn],
      conditions: { StringLikeIfExists: { "s3:prefix": [`${prefix}*`] } },
    },
    { actions: ["s3:GetBucketLocation"], resources: [arn] },
  ];
}

function gluePermissions(region: string, account: string): Permission[] {
  const glue = `arn:aws:glue:${region}:${account}`;
  return [
    {
      actions: [
        "glue:GetDatabase",
        "glue:GetDatabases",
        "glue:CreateDatabase",
        "glue:GetTable",
        "glue:GetTables",
        "glue:CreateTable",
        "glue:UpdateTable",
        "glue:DeleteTable",
      ],
      resources: [`${glue}:catalog`, `${glue}:database/*`, `${glue}:table/*/*`],
    },
  ];
}
