module orchestration-layer.local/toolchain/spark-operator

go 1.25.0

require github.com/kubeflow/spark-operator/v2 v2.5.2
