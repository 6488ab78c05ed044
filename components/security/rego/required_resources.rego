package orch.required_resources

import rego.v1

import data.lib.containers

required := [["requests", "cpu"], ["requests", "memory"], ["limits", "memory"]]

# Ephemeral containers cannot have any.
violation contains {"msg": msg} if {
	some container in containers.all
	not container in object.get(input.review.object.spec, "ephemeralContainers", [])
	some path in required
	object.get(container, array.concat(["resources"], path), "") == ""
	msg := sprintf("container %v has no resources.%v", [container.name, concat(".", path)])
}
