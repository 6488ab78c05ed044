import type { SparkSql } from "../../spec/index.ts";
import { parseImage } from "../../spec/values/image.ts";
import { cpuMillis, memoryBytes } from "../../spec/values/quantity.ts";
import { inContainer } from "../carry.ts";
import { type Context, paramEnv } from "../context.ts";
import { type CustomResource, podEnv, podLabels } from "../custom-resource.ts";
import { affinityOf, deviceResource, leaderAffinity, type Placement, tolerationsOf } from "../placement.ts";
import { CONTAINER_SECURITY, POD_SECURITY } from "../pod-security.ts";
import { envFrom, plain } from "../pod-template.ts";
import { imageOf } from "../program.ts";
import { spotUnlessGone } from "../retry.ts";
import type { Affinity } from "../workflow.ts";

/**
 * Spark refuses its SQL shell in cluster mode, so the driver is this program. It is written into the pod by an init container. What the
 * statements leave as the temporary view `orch_result` (columns `inputs`, `outputs`, `metrics`; its first row) is the node's result.
 */
const RUNNER = `import os, re
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
uri = os.environ.get("ORCH_SQL_URI")
sql = "\\n".join(row.value for row in spark.read.text(uri, wholetext=True).collect()) if uri else os.environ["ORCH_SQL"]
sql = re.sub(r"\\$\\{(ORCH_[A-Z0-9_]+)\\}", lambda name: os.environ.get(name.group(1), ""), sql)
for statement in re.split(r";[ \\t]*(?:\\n|$)", sql):
    if statement.strip():
        spark.sql(statement)
uri = os.environ.get("ORCH_RESULT_URI")
view = spark._jsparkSession.sessionState().catalog().getTempView("orch_result")
if uri and view.isDefined():
    for row in spark.table("orch_result").selectExpr("to_json(struct(*))").limit(1).collect():
        path = spark._jvm.org.apache.hadoop.fs.Path(uri)
        out = path.getFileSystem(spark._jsc.hadoopConfiguration()).create(path, True)
        out.write(bytearray(row[0], "utf-8"))
        out.close()
spark.stop()
`;
const RUNNER_FOLDER = "/orch/run";

/** Share of a container's memory that is not the JVM's heap. */
const OVERHEAD = 0.1;

/** One executor of the node's size and a small driver, on-demand beside CPU work, so that losing spot loses no application. */
export function sparkSql(node: SparkSql, placement: Placement, context: Context): CustomResource {
  const image = imageOf(node, context.profile);
  const spot = spotUnlessGone(context.profile.infrastructureAttempts);
  const source =
    node.sql === undefined ? { name: "ORCH_SQL_URI", value: node.sqlUri ?? "" } : { name: "ORCH_SQL", value: node.sql };
  const env = [...podEnv(node, node.params, context), { name: source.name, value: inContainer(source.value) }];
  const pod = (serviceAccount: string, affinity: Affinity) => {
    const tolerations = tolerationsOf(placement);
    const secrets = envFrom(node, context);
    return {
      labels: podLabels(node, context),
      serviceAccount,
      priorityClassName: placement.priorityClass,
      affinity,
      ...(tolerations.length === 0 ? {} : { tolerations }),
      env,
      ...(secrets.length === 0 ? {} : { envFrom: secrets }),
      podSecurityContext: POD_SECURITY,
      securityContext: CONTAINER_SECURITY,
    };
  };
  const mounts = [
    { name: "orch-tmp", mountPath: "/tmp" },
    { name: "orch-run", mountPath: RUNNER_FOLDER },
  ];
  const cores = Math.max(1, Math.ceil(cpuMillis(node.resources.cpu) / 1000));
  return {
    apiVersion: "sparkoperator.k8s.io/v1beta2",
    kind: "SparkApplication",
    body: {
      spec: plain({
        type: "Python",
        pythonVersion: "3",
        mode: "cluster",
        image,
        imagePullPolicy: "IfNotPresent",
        mainApplicationFile: `local://${RUNNER_FOLDER}/sql.py`,
        sparkVersion: versionOf(image),
        memoryOverheadFactor: String(OVERHEAD),
        restartPolicy: { type: "Never" },
        sparkConf: {
          "spark.sql.catalogImplementation": "in-memory",
          "spark.sql.catalog.iceberg": "org.apache.iceberg.spark.SparkCatalog",
          "spark.sql.catalog.iceberg.type": "rest",
          "spark.sql.catalog.iceberg.uri": context.profile.endpoints.icebergCatalog,
          "spark.sql.defaultCatalog": "iceberg",
          "spark.local.dir": "/tmp",
          ...sessionOf(node),
        },
        volumes: [
          { name: "orch-tmp", emptyDir: { sizeLimit: "50Gi" } },
          { name: "orch-run", emptyDir: { sizeLimit: "1Mi" } },
        ],
        driver: {
          cores: 1,
          memory: "2g",
          // Creates its executors itself: the one pod of the application with rights, and a token.
          ...pod(context.team.driverServiceAccount, leaderAffinity(placement, context.profile, spot)),
          volumeMounts: mounts,
          initContainers: [
            {
              name: "runner",
              image,
              command: ["sh", "-c", `printf %s "$ORCH_RUNNER" > ${RUNNER_FOLDER}/sql.py`],
              env: [
                { name: "ORCH_LB", value: "{" },
                { name: "ORCH_RUNNER", value: inContainer(RUNNER) },
              ],
              resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } },
              securityContext: CONTAINER_SECURITY,
              volumeMounts: [mounts[1]],
            },
          ],
        },
        executor: {
          instances: 1,
          cores,
          coreRequest: node.resources.cpu,
          memory: `${Math.floor(memoryBytes(node.resources.mem) / (1 + OVERHEAD) / 1024 ** 2)}m`,
          ...(node.resources.gpu === 0
            ? {}
            : {
                gpu: {
                  name: deviceResource(node),
                  quantity: node.resources.gpu,
                },
              }),
          ...pod(context.team.serviceAccount, affinityOf(placement, context.profile, spot)),
          volumeMounts: [mounts[0]],
          deleteOnTermination: true,
        },
      }),
    },
    successCondition: "status.applicationState.state == COMPLETED",
    failureCondition: "status.applicationState.state in (FAILED,SUBMISSION_FAILED)",
    owned: true,
    queued: true,
  };
}

/** Params are also session variables: `SET spark.orch.param_<name>`. */
function sessionOf(node: SparkSql): Record<string, string> {
  return Object.fromEntries(
    paramEnv(node.params)
      .slice(1)
      .map(({ name, value }) => [`spark.orch.${name.slice("ORCH_".length).toLowerCase()}`, value]),
  );
}

function versionOf(image: string): string {
  const parsed = parseImage(image);
  const tag = typeof parsed === "string" ? undefined : parsed.tag;
  return /\d+\.\d+\.\d+/.exec(tag ?? "")?.[0] ?? "4.0.1";
}
