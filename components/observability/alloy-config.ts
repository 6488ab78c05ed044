import { LOKI_URL, PROMETHEUS_URL, RUN_LABELS, TEMPO_OTLP } from "./constants.ts";

/** Which of the collector's pipelines there are: each ends in a system that may be off. */
export interface AlloyPipelines {
  /** Lines of every container, to Loki. */
  readonly logs: boolean;
  /** Spans that pods send by OTLP, to Tempo. */
  readonly traces: boolean;
  /** Samples that pods send by OTLP, to Prometheus. */
  readonly metrics: boolean;
}

/**
 * Labels of a stream are what lines are looked up by first, and each set of values is a stream with chunks of its own. So
 * labels are what is bounded: namespace, team, pipeline, container, app. `submission_id` and `node_id` are not (a new id every
 * run, thousands of nodes in a DAG): as labels they would make a stream, and a small chunk, per pod. They are structured
 * metadata of every line: found as quickly within a pipeline's stream, at no cost to the index.
 *
 * `{pipeline_id="bt_xs_bilstm_v1"} | submission_id="sub-2025-10-29-001" | node_id="train_model"`
 */
export const STREAM_LABELS: readonly string[] = ["namespace", "team", "pipeline_id", "container", "app"];
export const LINE_METADATA: readonly string[] = ["submission_id", "node_id", "pod"];

/** The collector's configuration, in Alloy's own language. */
export function planAlloyConfig(pipelines: AlloyPipelines): string {
  const parts = [
    LOGGING,
    ...(pipelines.logs ? [POD_LOGS, LOKI] : []),
    ...(pipelines.traces || pipelines.metrics || pipelines.logs ? [otlp(pipelines)] : []),
    ...(pipelines.traces ? [TEMPO] : []),
    ...(pipelines.metrics ? [PROMETHEUS] : []),
  ];
  return `${parts.map((part) => part.trim()).join("\n\n")}\n`;
}

const LOGGING = `
logging {
  level  = "warn"
  format = "json"
}`;

const fromMeta = (source: string, target: string) => `
  rule {
    source_labels = ["__meta_kubernetes_${source}"]
    target_label  = "${target}"
  }`;

const POD_LOGS = `
discovery.kubernetes "pods" {
  role = "pod"

  selectors {
    role  = "pod"
    field = "spec.nodeName=" + sys.env("NODE_NAME")
  }
}

discovery.relabel "pods" {
  targets = discovery.kubernetes.pods.targets
${fromMeta("namespace", "namespace")}
${fromMeta("pod_name", "pod")}
${fromMeta("pod_container_name", "container")}
${fromMeta("pod_label_app_kubernetes_io_name", "app")}
${RUN_LABELS.map((label) => fromMeta(`pod_label_${label}`, label)).join("\n")}

  rule {
    source_labels = ["__meta_kubernetes_pod_uid", "__meta_kubernetes_pod_container_name"]
    separator     = "/"
    target_label  = "__path__"
    replacement   = "/var/log/pods/*$1/*.log"
  }
}

local.file_match "pods" {
  path_targets = discovery.relabel.pods.output
}

loki.source.file "pods" {
  targets    = local.file_match.pods.targets
  forward_to = [loki.process.pods.receiver]
}

loki.process "pods" {
  forward_to = [loki.write.loki.receiver]

  stage.cri {}

  stage.structured_metadata {
    values = {
${LINE_METADATA.map((label) => `      ${label} = "",`).join("\n")}
    }
  }

  stage.label_drop {
    values = [${["filename", ...LINE_METADATA].map((label) => `"${label}"`).join(", ")}]
  }
}`;

const LOKI = `
loki.write "loki" {
  endpoint {
    url = "${LOKI_URL}/loki/api/v1/push"
  }
}`;

const RECEIVED = ["metrics", "logs", "traces"] as const;

/** What pods send, joined with who they are: a pod need not know its own labels. */
function otlp(pipelines: AlloyPipelines): string {
  const kept = RECEIVED.filter((kind) => pipelines[kind]);
  const to = (component: string) => kept.map((kind) => `    ${kind} = [${component}.input]`).join("\n");
  const sinks = {
    metrics: "otelcol.exporter.prometheus.prometheus.input",
    logs: "otelcol.exporter.otlphttp.loki.input",
    traces: "otelcol.exporter.otlp.tempo.input",
  };
  return `
otelcol.receiver.otlp "pods" {
  grpc {
    endpoint = "0.0.0.0:4317"
  }

  http {
    endpoint = "0.0.0.0:4318"
  }

  output {
${to("otelcol.processor.memory_limiter.pods")}
  }
}

otelcol.processor.memory_limiter "pods" {
  check_interval = "1s"
  limit          = "300MiB"

  output {
${to("otelcol.processor.k8sattributes.pods")}
  }
}

otelcol.processor.k8sattributes "pods" {
  filter {
    node_from_env_var = "NODE_NAME"
  }

  extract {
    metadata = ["k8s.namespace.name", "k8s.pod.name", "k8s.node.name"]
${RUN_LABELS.map(
  (label) => `
    label {
      from     = "pod"
      key      = "${label}"
      tag_name = "${label}"
    }`,
).join("\n")}
  }

  pod_association {
    source {
      from = "connection"
    }
  }

  output {
${to("otelcol.processor.batch.pods")}
  }
}

otelcol.processor.batch "pods" {
  output {
${kept.map((kind) => `    ${kind} = [${sinks[kind]}]`).join("\n")}
  }
}${pipelines.logs ? OTLP_LOGS : ""}`;
}

const OTLP_LOGS = `

otelcol.exporter.otlphttp "loki" {
  client {
    endpoint = "${LOKI_URL}/otlp"
  }
}`;

const TEMPO = `
otelcol.exporter.otlp "tempo" {
  client {
    endpoint = "${TEMPO_OTLP}"

    tls {
      insecure = true
    }
  }

  // While Tempo is away: some ten minutes of spans.
  sending_queue {
    queue_size = 5000
  }

  retry_on_failure {
    max_elapsed_time = "15m"
  }
}`;

const PROMETHEUS = `
otelcol.exporter.prometheus "prometheus" {
  forward_to = [prometheus.remote_write.prometheus.receiver]
}

prometheus.remote_write "prometheus" {
  endpoint {
    url = "${PROMETHEUS_URL}/api/v1/write"
  }
}`;
