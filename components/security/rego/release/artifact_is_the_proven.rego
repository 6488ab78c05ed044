package orch.release.artifact_is_the_proven

import rego.v1

import data.lib.forms
import data.lib.released

violation contains {"msg": msg} if {
	some msg in released.messages("artifact-is-the-proven", ["manifest", "subject", "runs"], found)
}

artifact := released.manifest.artifact

image := released.manifest.image

proven := released.sections.subject

pairs := [
	["artifact", artifact.sha256, proven.artifact.sha256],
	["artifact URI", artifact.uri, proven.artifact.uri],
	["image", image, proven.image],
]

found contains sprintf("has %v %v; its evidence is about %v", [what, own, about]) if {
	some [what, own, about] in pairs
	own != about
}

found contains sprintf("has artifact %v; run %v of its proof gave %v", [artifact.sha256, run.submissionId, run.artifactSha256]) if {
	some run in released.sections.runs
	run.artifactSha256 != artifact.sha256
}

# What the resource would really run.
cluster := object.get(released.resource, ["spec", "rayClusterConfig"], {})

groups := array.concat(
	[cluster.headGroupSpec | cluster.headGroupSpec],
	[group | some group in object.get(cluster, "workerGroupSpecs", [])],
)

pods := [object.get(group, ["template", "spec"], {}) | some group in groups]

containers := [container |
	some pod in pods
	some kind in ["initContainers", "containers"]
	some container in object.get(pod, kind, [])
]

serving := [pod.containers[0] | some pod in pods]

images contains object.get(container, "image", "undefined") if some container in containers

images contains cluster.autoscalerOptions.image

found contains "has no container that would serve it" if count(serving) == 0

found contains sprintf("would run image %v and not %v", [one, image]) if {
	some one in images
	one != image
}

promised := {forms.variables.uri: artifact.uri, forms.variables.sha256: artifact.sha256}

# The last of two variables of one name is the one that counts: every one must be right.
told(container, name) := [object.get(variable, "value", "from elsewhere") |
	some variable in object.get(container, "env", [])
	variable.name == name
]

found contains sprintf("would not tell its code which artifact it is: %v is not set", [name]) if {
	some container in serving
	some name, _ in promised
	count(told(container, name)) == 0
}

found contains sprintf("would serve %v %v and not %v", [name, value, right]) if {
	some container in serving
	some name, right in promised
	some value in told(container, name)
	value != right
}

# Nothing in what is served may bring code of its own; what cannot be read might.
config := released.resource.spec.serveConfigV2

readable if {
	yaml.is_valid(config)
	not regex.match(`\n---`, config)
}

found contains "has a serveConfigV2 that is no YAML" if {
	"serveConfigV2" in object.keys(object.get(released.resource, "spec", {}))
	not readable
}

found contains "has a runtime_env in serveConfigV2, which brings code or variables that no evidence is about" if {
	walk(yaml.unmarshal(config), [path, _])
	"runtime_env" in path
}
