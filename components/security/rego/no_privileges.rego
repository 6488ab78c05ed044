package orch.no_privileges

import rego.v1

import data.lib.containers

violation contains {"msg": msg} if {
	some container in containers.all
	container.securityContext.privileged == true
	msg := sprintf("container %v is privileged", [container.name])
}

violation contains {"msg": msg} if {
	some container in containers.all
	not container.securityContext.allowPrivilegeEscalation == false
	msg := sprintf("container %v may gain privileges: set allowPrivilegeEscalation to false", [container.name])
}

violation contains {"msg": msg} if {
	some container in containers.all
	not "ALL" in object.get(container, ["securityContext", "capabilities", "drop"], [])
	msg := sprintf("container %v keeps capabilities: drop ALL", [container.name])
}

violation contains {"msg": msg} if {
	some field in ["hostNetwork", "hostPID", "hostIPC"]
	input.review.object.spec[field] == true
	msg := sprintf("the pod shares the node's own: %v", [field])
}

violation contains {"msg": msg} if {
	some volume in input.review.object.spec.volumes
	volume.hostPath
	msg := sprintf("volume %v is a folder of the node", [volume.name])
}
