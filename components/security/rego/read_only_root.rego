package orch.read_only_root

import rego.v1

import data.lib.containers

violation contains {"msg": msg} if {
	some container in containers.all
	not container.securityContext.readOnlyRootFilesystem == true
	msg := sprintf("container %v can write to its image: set readOnlyRootFilesystem to true", [container.name])
}
