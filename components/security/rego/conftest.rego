package main

import rego.v1

# The same rules for manifests in a file, before anybody applies them.

# The pods that a manifest makes, by what they are called in it.
pods[""] := pod if {
	input.kind == "Pod"
	pod := input.spec
}

pods[""] := input.spec.template.spec if {
	input.kind in {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"}
}

pods[""] := input.spec.jobTemplate.spec.template.spec if input.kind == "CronJob"

# A Workflow makes a pod of each template that runs something; what is patched into it counts as well.
pods[called] := pod if {
	input.kind in {"Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"}
	some template in input.spec.templates
	runs := object.filter(template, ["container", "script"])
	patch := patch_of(template)
	count(runs) + count(object.get(patch, "containers", [])) > 0
	called := sprintf(", template %v", [template.name])
	main := [object.union(object.union({"name": "main"}, container), own) |
		some container in runs
		own := patched(patch, object.get(container, "name", "main"))
	]
	setting := object.union(
		object.union(object.filter(input.spec, ["securityContext", "hostNetwork"]), object.filter(template, ["securityContext"])),
		object.remove(patch, ["containers", "initContainers", "volumes"]),
	)
	pod := object.union(setting, {
		"containers": array.concat(array.concat(main, object.get(template, "sidecars", [])), added(patch, runs)),
		"initContainers": array.concat(object.get(template, "initContainers", []), object.get(patch, "initContainers", [])),
		"volumes": [volume | some from in [input.spec, template, patch]; some volume in object.get(from, "volumes", [])],
	})
}

patch_of(template) := json.unmarshal(object.get(template, "podSpecPatch", "{}"))

patched(patch, name) := own if {
	some own in patch.containers
	own.name == name
} else := {}

# Containers that only the patch speaks of: Argo's own, or more of them.
added(patch, runs) := [container |
	some container in object.get(patch, "containers", [])
	not is_patch(container, runs)
]

is_patch(container, runs) if {
	some one in runs
	container.name == object.get(one, "name", "main")
}

# A check without parameters must still check.
default parameters := {"prefixes": []}

parameters := data.parameters

deny contains msg if {
	some called, pod in pods
	request := {
		"review": {"object": {"kind": "Pod", "metadata": input.metadata, "spec": pod}},
		"parameters": parameters,
	}
	some rule
	some violation in data.orch[rule].violation with input as request
	msg := sprintf("%v %v%v: %v (%v)", [input.kind, input.metadata.name, called, violation.msg, rule])
}

# The gates of releases.
deny contains msg if some msg in said_by("mandatory")

warn contains msg if some msg in said_by("advisory")

said_by(level) := {sprintf("%v (%v)", [violation.msg, gate]) |
	some gate, setup in data.gates
	setup.level == level
	request := {"review": {"object": input, "file": true}, "parameters": {"settings": setup.settings}}
	rule := replace(gate, "-", "_")
	some violation in data.orch.release[rule].violation with input as request
}
