package orch.release.canary_was_long_enough

import rego.v1

import data.lib.instants
import data.lib.released

violation contains {"msg": msg} if some msg in released.messages("canary-was-long-enough", needs, found)

manifest := released.manifest

settings := released.settings

needs := ["manifest", "stays", "issuedAt"] if manifest.stage == "prod"

else := ["manifest"]

stays := [stay |
	some stay in released.sections.stays
	stay.stage == "canary"
	stay.release == manifest.predecessor.release
	stay.artifactSha256 == manifest.artifact.sha256
]

# The one that counts, of a release to prod.
counting := stay if {
	manifest.stage == "prod"
	[stay] := stays
}

hours := (instants.ms(counting.to) - instants.ms(counting.from)) / 3600000

found contains "has no stay of its predecessor in canary in its evidence" if {
	manifest.stage == "prod"
	count(stays) == 0
}

found contains sprintf("has %v stays of %v in canary; which of them counts nobody can say", [count(stays), stays[0].release]) if {
	manifest.stage == "prod"
	count(stays) > 1
}

found contains sprintf("has a stay in canary that ends at %v, after the evidence was issued", [counting.to]) if {
	instants.ms(counting.to) > instants.ms(released.sections.issuedAt)
}

found contains "has a stay in canary that ends before it begins" if hours < 0

found contains sprintf("was in canary for %v hours; it must be %v", [json.marshal(floor(hours * 10) / 10), json.marshal(settings.minHours)]) if {
	hours >= 0
	hours < settings.minHours
}

found contains sprintf("has answered %v requests in canary; it must be %v", [json.marshal(counting.requests), json.marshal(settings.minRequests)]) if {
	counting.requests < settings.minRequests
}

found contains sprintf("has got %v %% of the requests in canary; it must be %v %%", [json.marshal(counting.trafficPercent), json.marshal(settings.minTrafficPercent)]) if {
	counting.trafficPercent < settings.minTrafficPercent
}
