package orch.no_latest_tag

import rego.v1

import data.lib.containers

violation contains {"msg": msg} if {
	some container in containers.all
	not pinned(container.image)
	msg := sprintf("container %v: %v may be another image tomorrow: give a tag other than latest, or a digest", [
		container.name,
		container.image,
	])
}

pinned(image) if contains(image, "@sha256:")

pinned(image) if {
	parts := split(image, "/")
	[_, tag] := split(parts[count(parts) - 1], ":")
	not tag in {"", "latest"}
}
