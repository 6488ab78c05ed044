module orchestration-layer.local/toolchain/keda

go 1.25.0

require github.com/kedacore/keda/v2 v2.20.2
