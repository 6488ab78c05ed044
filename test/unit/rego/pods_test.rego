package rules_test

import rego.v1

import data.orch

good := {
	"name": "c",
	"image": "ghcr.io/us/x:1.2",
	"resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
	"securityContext": {
		"runAsNonRoot": true,
		"allowPrivilegeEscalation": false,
		"readOnlyRootFilesystem": true,
		"capabilities": {"drop": ["ALL"]},
	},
}

request(spec) := {"review": {"object": {"kind": "Pod", "spec": spec}}, "parameters": {"prefixes": ["ghcr.io/us"]}}

with_container(changes) := request({"containers": [json.patch(good, changes)]})

broken(changes, rule) if count(orch[rule].violation) > 0 with input as with_container(changes)

test_a_confined_pod_breaks_no_rule if {
	every rule in ["non_root", "read_only_root", "no_privileges", "required_resources", "allowed_registries", "no_latest_tag"] {
		not broken([], rule)
	}
}

test_root_is_refused_when_nothing_is_said if broken([{"op": "remove", "path": "/securityContext/runAsNonRoot"}], "non_root")

test_the_pod_may_say_it_for_its_containers if {
	pod := {
		"securityContext": {"runAsNonRoot": true},
		"containers": [json.patch(good, [{"op": "remove", "path": "/securityContext/runAsNonRoot"}])],
	}
	count(orch.non_root.violation) == 0 with input as request(pod)
}

test_a_container_cannot_take_back_what_its_pod_says if {
	pod := {
		"securityContext": {"runAsNonRoot": true},
		"containers": [json.patch(good, [{"op": "replace", "path": "/securityContext/runAsNonRoot", "value": false}])],
	}
	count(orch.non_root.violation) == 1 with input as request(pod)
}

test_user_0_is_root if broken([{"op": "add", "path": "/securityContext/runAsUser", "value": 0}], "non_root")

test_init_containers_are_containers if {
	pod := {"containers": [good], "initContainers": [{"name": "i", "image": "ghcr.io/us/x:1"}]}
	count(orch.read_only_root.violation) == 1 with input as request(pod)
}

test_privileges_are_refused if {
	broken([{"op": "add", "path": "/securityContext/privileged", "value": true}], "no_privileges")
	broken([{"op": "remove", "path": "/securityContext/allowPrivilegeEscalation"}], "no_privileges")
	broken([{"op": "remove", "path": "/securityContext/capabilities"}], "no_privileges")
}

test_what_is_the_nodes_stays_the_nodes if {
	some field in ["hostNetwork", "hostPID", "hostIPC"]
	count(orch.no_privileges.violation) == 1 with input as request({"containers": [good], field: true})
	count(orch.no_privileges.violation) == 1 with input as request({
		"containers": [good],
		"volumes": [{"name": "v", "hostPath": {"path": "/"}}],
	})
}

test_a_missing_limit_is_refused if broken([{"op": "remove", "path": "/resources/limits"}], "required_resources")

test_a_prefix_ends_where_a_name_ends if {
	broken([{"op": "replace", "path": "/image", "value": "ghcr.io/us-and-them/x:1"}], "allowed_registries")
	not broken([{"op": "replace", "path": "/image", "value": "ghcr.io/us@sha256:0000"}], "allowed_registries")
}

test_latest_is_no_version if {
	broken([{"op": "replace", "path": "/image", "value": "ghcr.io/us/x:latest"}], "no_latest_tag")
	broken([{"op": "replace", "path": "/image", "value": "ghcr.io:443/us/x"}], "no_latest_tag")
	not broken([{"op": "replace", "path": "/image", "value": "ghcr.io:443/us/x@sha256:0000"}], "no_latest_tag")
}

test_a_deployment_is_judged_by_its_pods if {
	some message in data.main.deny with input as {
		"kind": "Deployment",
		"metadata": {"name": "d"},
		"spec": {"template": {"spec": {"containers": [json.patch(good, [{"op": "remove", "path": "/resources"}])]}}},
	}
	startswith(message, "Deployment d: container c has no resources.")
}
