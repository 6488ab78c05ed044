package orch.non_root

import rego.v1

import data.lib.containers

violation contains {"msg": msg} if {
	some container in containers.all
	not non_root(container)
	msg := sprintf("container %v may run as root: set runAsNonRoot to true", [container.name])
}

violation contains {"msg": msg} if {
	some container in containers.all
	containers.setting(container, "runAsUser") == 0
	msg := sprintf("container %v runs as root: runAsUser is 0", [container.name])
}

# A rule of its own: `not` before a call that has no value would be no answer instead of true.
non_root(container) if containers.setting(container, "runAsNonRoot") == true
