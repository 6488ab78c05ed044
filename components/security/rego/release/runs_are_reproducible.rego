package orch.release.runs_are_reproducible

import rego.v1

import data.lib.instants
import data.lib.released

violation contains {"msg": msg} if some msg in released.messages("runs-are-reproducible", ["runs", "issuedAt"], found)

runs := released.sections.runs

# One id in several ways of writing is one run.
ids := [lower(trim_space(run.submissionId)) | some run in runs]

independent := {lower(trim_space(run.submissionId)) | some run in runs; not "rerunOf" in object.keys(run)}

recipes := {run.recipeDigest | some run in runs}

artifacts := {run.artifactSha256 | some run in runs}

noun := "run" if count(independent) == 1

else := "runs"

found contains sprintf("has run %v more than once as its proof; a run is no proof of itself", [id]) if {
	some index, id in ids
	id in array.slice(ids, 0, index)
}

found contains sprintf("has %v independent %v as its proof, and needs %v; a rerun of another one is not independent", [
	count(independent),
	noun,
	json.marshal(released.settings.minRuns),
]) if {
	count(independent) < released.settings.minRuns
}

found contains sprintf("has run %v as its proof, which finished at %v, after the evidence was issued", [run.submissionId, run.finishedAt]) if {
	some run in runs
	instants.ms(run.finishedAt) > instants.ms(released.sections.issuedAt)
}

found contains sprintf("has runs of %v different recipes as its proof", [count(recipes)]) if count(recipes) > 1

found contains sprintf("has runs that gave %v different artifacts", [count(artifacts)]) if count(artifacts) > 1
