package orch.release.no_stage_skipped

import rego.v1

import data.lib.forms
import data.lib.instants
import data.lib.released

violation contains {"msg": msg} if some msg in released.messages("no-stage-skipped", needs, found)

manifest := released.manifest

# Its place on the way: 0 is the first stage.
position := index if {
	some index, stage in forms.stages
	stage == manifest.stage
}

before := forms.stages[position - 1] if position > 0

predecessor := manifest.predecessor

needs := ["manifest", "stays"] if predecessor.stage == before

else := ["manifest"]

# Stays of this artifact, where they decide.
stays contains stay if {
	predecessor.stage == before
	some stay in released.sections.stays
	stay.artifactSha256 == manifest.artifact.sha256
}

began(stage) := min({instants.ms(stay.from) | some stay in stays; stay.stage == stage})

found contains sprintf("is in %v, the first stage, and names a predecessor", [manifest.stage]) if {
	position == 0
	predecessor
}

found contains sprintf("is in %v and names no predecessor in %v", [manifest.stage, before]) if not predecessor

found contains sprintf("is in %v after %v in %v; it must come from %v", [manifest.stage, predecessor.release, predecessor.stage, before]) if {
	predecessor.stage != before
}

found contains sprintf("comes after %v, of which the evidence has no stay in %v with artifact %v", [
	predecessor.release,
	predecessor.stage,
	manifest.artifact.sha256,
]) if {
	predecessor.stage == before
	not stayed
}

stayed if {
	some stay in stays
	stay.stage == predecessor.stage
	stay.release == predecessor.release
}

# The stage right before is spoken of above.
found contains sprintf("was never in %v with this artifact", [earlier]) if {
	predecessor.stage == before
	some earlier in array.slice(forms.stages, 0, position - 1)
	not began(earlier)
}

found contains sprintf("was in %v before it was in %v", [forms.stages[index], forms.stages[index - 1]]) if {
	some index in numbers.range(1, position - 1)
	began(forms.stages[index]) < began(forms.stages[index - 1])
}
