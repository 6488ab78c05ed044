package orch.release.drawdown_within_bounds

import rego.v1

import data.lib.released

violation contains {"msg": msg} if some msg in released.messages("drawdown-within-bounds", ["drawdown"], found)

drawdown := released.sections.drawdown

found contains sprintf("has a drawdown of %v on %v at %v; it must be at most %v", [
	json.marshal(drawdown.max),
	drawdown.data.uri,
	drawdown.data.version,
	json.marshal(released.settings.max),
]) if {
	drawdown.max > released.settings.max
}
