package lib.containers

import rego.v1

# Every container of the pod under review, of whatever kind.
all contains container if {
	some kind in ["initContainers", "containers", "ephemeralContainers"]
	some container in object.get(input.review.object.spec, kind, [])
}

# A field of the container's security context, or the pod's where the container says nothing.
setting(container, field) := container.securityContext[field]

setting(container, field) := input.review.object.spec.securityContext[field] if {
	not field in object.keys(object.get(container, "securityContext", {}))
}
