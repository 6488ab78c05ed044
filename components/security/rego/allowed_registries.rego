package orch.allowed_registries

import rego.v1

import data.lib.containers

violation contains {"msg": msg} if {
	some container in containers.all
	not allowed(container.image)
	msg := sprintf("container %v: %v comes from none of %v", [
		container.name,
		container.image,
		concat(", ", input.parameters.prefixes),
	])
}

# The prefix ends where a name ends: `ghcr.io/us` does not let `ghcr.io/us-and-them` in.
allowed(image) if {
	some prefix in input.parameters.prefixes
	startswith(image, prefix)
	endswith(prefix, "/")
}

allowed(image) if {
	some prefix in input.parameters.prefixes
	rest := trim_prefix(image, prefix)
	rest != image
	substring(rest, 0, 1) in {"", "/", ":", "@"}
}
