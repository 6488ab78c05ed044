package main

import rego.v1

# The same rules for manifests in a file, before anybody applies them.
pod_spec := input.spec if input.kind == "Pod"

pod_spec := input.spec.template.spec if {
	input.kind in {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"}
}

pod_spec := input.spec.jobTemplate.spec.template.spec if input.kind == "CronJob"

# A check without parameters must still check.
default parameters := {"prefixes": []}

parameters := data.parameters

request := {
	"review": {"object": {"kind": "Pod", "metadata": input.metadata, "spec": pod_spec}},
	"parameters": parameters,
}

deny contains msg if {
	some rule
	some violation in data.orch[rule].violation with input as request
	msg := sprintf("%v %v: %v (%v)", [input.kind, input.metadata.name, violation.msg, rule])
}
