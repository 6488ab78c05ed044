package orch.release.prod_is_approved

import rego.v1

import data.lib.instants
import data.lib.released

violation contains {"msg": msg} if some msg in released.messages("prod-is-approved", needs, found)

needs := ["manifest", "runs", "issuedAt", "stays", "approvals"] if released.manifest.stage == "prod"

else := ["manifest"]

settings := released.settings

issued := instants.ms(released.sections.issuedAt)

# One person writes a name in several ways.
person(name) := lower(trim_space(name))

submitters := {person(run.submittedBy) | some run in released.sections.runs}

allowed := {person(name) | some name in settings.approvers}

canary_ends := {instants.ms(stay.to) | some stay in released.sections.stays; stay.stage == "canary"}

given := [approval | some approval in released.sections.approvals; approval.stage == "prod"]

# Why an approval does not count.
why_not(approval) := "submitted a run of it" if {
	person(approval.by) in submitters
} else := "is none of the approvers" if {
	count(allowed) > 0
	not person(approval.by) in allowed
} else := sprintf("approved at %v, after the evidence was issued", [approval.at]) if {
	instants.ms(approval.at) > issued
} else := sprintf("approved at %v, more than %v days before the evidence was issued", [approval.at, json.marshal(settings.maxAgeDays)]) if {
	issued - instants.ms(approval.at) > settings.maxAgeDays * 86400000
} else := sprintf("approved at %v, before its stay in canary had ended", [approval.at]) if {
	instants.ms(approval.at) < max(canary_ends)
}

counted := {person(approval.by) | some approval in given; not why_not(approval)}

reasons := [sprintf("%v %v", [approval.by, why_not(approval)]) | some approval in given]

because := "" if count(reasons) == 0

else := sprintf(": %v", [concat("; ", reasons)])

found contains sprintf("has %v of %v approvals for prod%v", [count(counted), json.marshal(settings.minApprovals), because]) if {
	released.manifest.stage == "prod"
	count(counted) < settings.minApprovals
}
