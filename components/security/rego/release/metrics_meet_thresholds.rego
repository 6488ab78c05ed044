package orch.release.metrics_meet_thresholds

import rego.v1

import data.lib.released

violation contains {"msg": msg} if some msg in released.messages("metrics-meet-thresholds", needs, found)

thresholds := released.settings.thresholds

measured(name) := [metric | some metric in released.sections.metrics; metric.name == name]

needs := [] if count(thresholds) == 0

else := ["metrics"]

found contains "cannot be measured: no threshold is configured, and no threshold is not a low one" if count(thresholds) == 0

found contains sprintf("has no metric %v", [name]) if {
	some name, _ in thresholds
	count(measured(name)) == 0
}

found contains sprintf("has metric %v %v times; which of them counts nobody can say", [name, count(measured(name))]) if {
	some name, _ in thresholds
	count(measured(name)) > 1
}

found contains sprintf("has metric %v %v on %v at %v; it must be at least %v", [name, json.marshal(metric.value), metric.data.uri, metric.data.version, json.marshal(bounds.min)]) if {
	some name, bounds in thresholds
	[metric] := measured(name)
	metric.value < bounds.min
}

found contains sprintf("has metric %v %v on %v at %v; it must be at most %v", [name, json.marshal(metric.value), metric.data.uri, metric.data.version, json.marshal(bounds.max)]) if {
	some name, bounds in thresholds
	[metric] := measured(name)
	metric.value > bounds.max
}
