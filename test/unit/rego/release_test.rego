package release_test

import rego.v1

import data.lib.instants
import data.lib.plain_json
import data.orch.release

# What the matrix of releases does not reach: resources of other kinds, requests of controllers, updates.
settings := {"namespaces": ["serving"], "exempt": ["serving/inference"]}

request(object) := {
	"review": {"object": object, "operation": "CREATE"},
	"parameters": {"settings": settings, "controllers": ["system:serviceaccounts:compute-system"]},
}

of(api_version, kind, namespace) := {
	"apiVersion": api_version,
	"kind": kind,
	"metadata": {"name": "model", "namespace": namespace},
	"spec": {},
}

refused(one) if count(release.serving_has_release.violation) > 0 with input as one

test_what_answers_requests_is_a_release_wherever_it_stands if {
	refused(request(of("ray.io/v1", "RayService", "anywhere")))
	refused(request(of("ray.io/v1alpha1", "RayService", "serving")))
	refused(request(of("serving.kserve.io/v1beta1", "InferenceService", "anywhere")))
}

test_what_runs_in_a_serving_namespace_is_a_release if {
	every one in [["apps/v1", "Deployment"], ["v1", "Pod"], ["batch/v1", "Job"], ["ray.io/v1", "RayCluster"]] {
		refused(request(of(one[0], one[1], "serving")))
		not refused(request(of(one[0], one[1], "orchestr")))
	}
}

test_other_kinds_are_nobodys_business if {
	not refused(request(of("v1", "ConfigMap", "serving")))
	not refused(request(of("example.com/v1", "Deployment", "serving")))
}

test_what_the_environment_names_is_let_through_and_nothing_else_of_that_name if {
	gateway := json.patch(of("ray.io/v1", "RayService", "serving"), [{"op": "replace", "path": "/metadata/name", "value": "inference"}])
	not refused(request(gateway))
	refused(request(json.patch(gateway, [{"op": "replace", "path": "/metadata/namespace", "value": "team-a"}])))
}

test_what_has_no_name_yet_is_not_exempt if {
	refused(request(json.patch(of("ray.io/v1", "RayService", "serving"), [{"op": "remove", "path": "/metadata/name"}])))
}

owned := json.patch(of("ray.io/v1", "RayCluster", "serving"), [{
	"op": "add",
	"path": "/metadata/ownerReferences",
	"value": [{"kind": "RayService", "name": "model", "controller": true}],
}])

asked_by(group) := json.patch(request(owned), [{"op": "add", "path": "/review/userInfo", "value": {"groups": [group]}}])

test_what_the_operator_makes_of_a_judged_resource_is_let_through if {
	not refused(asked_by("system:serviceaccounts:compute-system"))
}

test_an_owner_alone_opens_nothing_to_anybody_else if refused(asked_by("system:serviceaccounts:team-research"))

test_the_operator_may_not_make_what_nobody_owns if {
	refused(json.patch(
		request(of("ray.io/v1", "RayCluster", "serving")),
		[{"op": "add", "path": "/review/userInfo", "value": {"groups": ["system:serviceaccounts:compute-system"]}}],
	))
}

test_an_audit_knows_the_owner_and_a_file_has_none if {
	not refused(request(owned))
	refused(json.patch(request(owned), [{"op": "add", "path": "/review/file", "value": true}]))
}

update(old, new) := json.patch(request(new), [
	{"op": "replace", "path": "/review/operation", "value": "UPDATE"},
	{"op": "add", "path": "/review/oldObject", "value": old},
])

test_a_gate_does_not_stop_writes_to_what_it_once_let_in if {
	one := of("ray.io/v1", "RayService", "serving")
	not refused(update(one, json.patch(one, [{"op": "add", "path": "/metadata/finalizers", "value": ["ray.io/f"]}])))
	refused(update(one, json.patch(one, [{"op": "add", "path": "/spec/rayClusterConfig", "value": {}}])))
}

claiming(text) := json.patch(of("ray.io/v1", "RayService", "serving"), [{
	"op": "add",
	"path": "/metadata/annotations",
	"value": {"orch.dev/release": text, "orch.dev/evidence": "a.b.c"},
}])

test_every_gate_refuses_a_release_of_which_nothing_can_be_read if {
	every gate, given in {
		"card_is_complete": {"moreSections": [], "minCharacters": 20},
		"metrics_meet_thresholds": {"thresholds": {"sharpe": {"min": 1}}},
		"drawdown_within_bounds": {"max": 0.2},
		"runs_are_reproducible": {"minRuns": 2},
		"artifact_is_the_proven": {},
		"no_stage_skipped": {},
		"canary_was_long_enough": {"minHours": 1, "minRequests": 1, "minTrafficPercent": 1},
		"prod_is_approved": {"minApprovals": 1, "approvers": [], "maxAgeDays": 30},
		"traffic_fits_stage": {"maxCanaryPercent": 20},
		"evidence_is_signed": {"keys": []},
	} {
		some violation in release[gate].violation with input as {
			"review": {"object": claiming("?"), "operation": "CREATE"},
			"parameters": {"settings": given},
		}
		startswith(violation.msg, "RayService serving/model ")
	}
}

test_no_gate_passes_anything_without_its_settings if {
	every gate in object.keys(release) {
		some violation in release[gate].violation with input as {"review": {"object": claiming("?")}, "parameters": {}}
		contains(violation.msg, "whose settings are wrong")
	}
}

test_json_is_plain_as_javascript_writes_it if {
	every text in ["{}", `{"b":1,"a":[1.5,-2,0.000001,1e-7,123456789.125,9007199254740991]}`, `"<&>\\ \u0001"`] {
		plain_json.read(text)
	}
	every text in ["", "{a:1}", `{"a":1,"a":1}`, `{"a": 1}`, `"\u0041"`, "1.0", "1e5", "-0", "1e-07", "0.0000001", "9007199254740993", "1e999"] {
		not plain_json.read(text)
	}
}

test_times_are_counted_as_javascript_counts_them if {
	instants.ms("1970-01-01T00:00:00Z") == 0
	instants.ms("1969-12-31T23:59:59Z") == -1000
	instants.ms("2026-11-20T12:34:56.7899Z") == 1795178096789
	instants.ms("2000-02-29T00:00:00Z") == 951782400000
	instants.ms("0001-01-01T00:00:00Z") == -62135596800000
	instants.ms("9999-12-31T23:59:59Z") == 253402300799000
}
