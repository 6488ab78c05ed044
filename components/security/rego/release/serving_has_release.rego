package orch.release.serving_has_release

import rego.v1

import data.lib.forms
import data.lib.released

gate := "serving-has-release"

violation contains {"msg": msg} if {
	serves
	not released.unchanged
	some msg in released.said(gate, needs, found)
}

needs := ["manifest"] if released.claimed

else := []

resource := released.resource

metadata := object.get(resource, "metadata", {})

namespace := object.get(metadata, "namespace", "")

name := object.get(metadata, "name", "")

kind := sprintf("%v/%v", [regex.replace(resource.apiVersion, `/?[^/]*$`, ""), resource.kind])

# Answers requests by its nature, in whatever namespace.
serves if kind in {"ray.io/RayService", "serving.kserve.io/InferenceService"}

# Answers requests where it stands in a serving namespace.
serves if {
	kind in {
		"/Pod",
		"apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "apps/ReplicaSet",
		"batch/Job", "batch/CronJob",
		"ray.io/RayCluster",
	}
	namespace in released.settings.namespaces
	not made_by_controller
}

serves if not released.settings_fit(gate)

# What a controller makes of a resource that was judged: known by its owner and, where it is known, by who asks. In a file everything is
# somebody's own.
made_by_controller if {
	some owner in metadata.ownerReferences
	owner.controller == true
	asked_by_controller
}

asked_by_controller if {
	some group in input.review.userInfo.groups
	group in input.parameters.controllers
}

# Gatekeeper's audit looks at what is there, and nobody asks.
asked_by_controller if {
	not input.review.userInfo
	not input.review.file
}

found contains sprintf("serves without a release: it has no annotation %v", [forms.annotations.release]) if {
	not released.claimed
	not exempt
}

exempt if sprintf("%v/%v", [namespace, name]) in released.settings.exempt

found contains sprintf("claims to be release %v; a release is served by a RayService", [released.manifest.release]) if {
	kind != "ray.io/RayService"
}

found contains sprintf("claims to be release %v; a release and its RayService have one name", [released.manifest.release]) if {
	kind == "ray.io/RayService"
	name != released.manifest.release
}
