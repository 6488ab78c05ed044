package orch.release.traffic_fits_stage

import rego.v1

import data.lib.released

violation contains {"msg": msg} if some msg in released.messages("traffic-fits-stage", ["manifest"], found)

manifest := released.manifest

found contains sprintf("is in staging with %v %% of the requests; it must be 0 %%", [json.marshal(manifest.trafficPercent)]) if {
	manifest.stage == "staging"
	manifest.trafficPercent > 0
}

found contains "is in canary with 0 % of the requests; it would show nothing" if {
	manifest.stage == "canary"
	manifest.trafficPercent == 0
}

found contains sprintf("is in canary with %v %% of the requests; it must be at most %v %%", [
	json.marshal(manifest.trafficPercent),
	json.marshal(released.settings.maxCanaryPercent),
]) if {
	manifest.stage == "canary"
	manifest.trafficPercent > released.settings.maxCanaryPercent
}
