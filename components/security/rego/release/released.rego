package lib.released

import rego.v1

import data.lib.forms
import data.lib.plain_json

# A resource that serves a release, and what the release says: what policies/promotion/served-release.ts is for a preview. What is
# missing or malformed has no value here and its mistakes stand in `mistakes`; no rule can take it for good by oversight.

resource := input.review.object

settings := input.parameters.settings

annotations := object.get(resource, ["metadata", "annotations"], {})

default claimed := false

claimed if forms.annotations.release in object.keys(annotations)

text_of_release := plain_json.read(annotations[forms.annotations.release])

manifest := text_of_release.value if fits(text_of_release.value, forms.manifest)

jws := annotations[forms.annotations.evidence]

evidence := plain_json.read(segment(jws, 1)).value

# The sections that have their form, by name.
sections[name] := evidence[name] if {
	some name, form in forms.evidence
	fits(evidence[name], form)
}

# What a segment of a JWS stands for; no value where it has other characters than it may.
segment(jws, index) := base64url.decode(part) if {
	part := split(jws, ".")[index]
	regex.match(`^[A-Za-z0-9_-]+$`, part)
}

# What is wrong with the form of `manifest` or of a section of the evidence: nothing only where it has been found right.
mistakes(name) := set() if {
	readable(name)
} else := known if {
	known := {what | name == "manifest"; some what in manifest_mistakes} | {what | some what in known_mistakes[name]}
	count(known) > 0
} else := {sprintf("has %v that cannot be read", [name])}

readable(name) if {
	name == "manifest"
	manifest
}

readable(name) if _ = sections[name]

manifest_mistakes := {sprintf("has no annotation %v", [forms.annotations.release])} if {
	not release_is_text
} else := {sprintf("has an annotation %v that is not JSON, written plainly", [forms.annotations.release])} if {
	not text_of_release
} else := malformed(sprintf("annotation %v", [forms.annotations.release]), text_of_release.value, forms.manifest)

known_mistakes[name] := {sprintf("has no evidence: there is no annotation %v", [forms.annotations.evidence])} if {
	some name, _ in forms.evidence
	not jws_is_text
}

known_mistakes[name] := {"has evidence that cannot be read: it is no JWS of a JSON object, written plainly"} if {
	some name, _ in forms.evidence
	jws_is_text
	not evidence_is_object
}

known_mistakes[name] := {sprintf("has evidence without %v", [name])} if {
	evidence_is_object
	some name, _ in forms.evidence
	not name in object.keys(evidence)
}

known_mistakes[name] := malformed(sprintf("evidence %v", [name]), evidence[name], form) if {
	evidence_is_object
	some name, form in forms.evidence
}

# Rules of their own: `not` before a call of something that has no value is no answer, instead of true.
release_is_text if is_string(annotations[forms.annotations.release])

jws_is_text if is_string(jws)

evidence_is_object if is_object(evidence)

malformed(what, value, form) := {sprintf("has a mistake in its %v%v: %v", [what, place, problem.desc]) |
	[_, problems] := json.match_schema({"it": value}, {"type": "object", "properties": {"it": form}})
	some problem in problems
	place := trim_prefix(place_of(problem), "it")
}

# A field that is missing is known by its name, not by where it is missing.
place_of(problem) := sprintf("%v.%v", [problem.field, name]) if {
	problem.type == "required"
	name := trim_suffix(problem.desc, " is required")
} else := problem.field

fits(value, form) if {
	[right, _] := json.match_schema({"it": value}, {"type": "object", "properties": {"it": form}})
	right
}

# It was let in as it is. A gate that has become narrower since must not stop what the operator writes into it.
default unchanged := false

unchanged if {
	input.review.operation == "UPDATE"
	decisive(input.review.oldObject) == decisive(resource)
}

decisive(one) := {
	"spec": object.get(one, "spec", null),
	"release": object.get(one, ["metadata", "annotations", forms.annotations.release], null),
	"evidence": object.get(one, ["metadata", "annotations", forms.annotations.evidence], null),
}

# What a gate says of a release. `needs`: what of the release it has read; `found`: what it has found there.
messages(gate, needs, found) := said(gate, needs, found) if {
	claimed
	not unchanged
} else := set()

# What a gate says of any resource.
said(gate, needs, found) := {wrong_settings(gate)} if {
	not settings_fit(gate)
} else := unreadable if {
	unreadable := {refused(gate, what, forms.source) | some need in needs; some what in mistakes(need)}
	count(unreadable) > 0
} else := {refused(gate, what, forms.gates[gate].fix) | some what in found}

refused(gate, what, fix) := sprintf("%v %v. Why it matters: %v How to fix it: %v", [called, what, forms.gates[gate].why, fix])

# The stack has checked them; a constraint edited by hand it has not.
settings_fit(gate) if {
	fits(object.get(input, ["parameters", "settings"], null), forms.gates[gate].settings)
	every bounds in object.get(settings, "thresholds", {}) {
		count(bounds) > 0
	}
}

wrong_settings(gate) := sprintf(
	"%v cannot pass %v, whose settings are wrong. Why it matters: a gate that does not know its bounds lets nothing through. How to fix it: let the stack write the parameters of the constraint anew.",
	[called, gate],
)

# As people know it: `RayService serving/bt-xs-prod`; by the beginning of its name where the server is to make up the rest.
called := sprintf("%v %v", [object.get(resource, "kind", "Something"), whole_name])

whole_name := sprintf("%v/%v", [namespace, name]) if {
	namespace := resource.metadata.namespace
	name := resource.metadata.name
} else := name if {
	name := resource.metadata.name
} else := beginning if {
	beginning := resource.metadata.generateName
} else := "without a name"
