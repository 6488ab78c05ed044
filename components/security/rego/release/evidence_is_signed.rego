package orch.release.evidence_is_signed

import rego.v1

import data.lib.forms
import data.lib.plain_json
import data.lib.released

violation contains {"msg": msg} if some msg in released.messages("evidence-is-signed", needs, found)

keys := released.settings.keys

# Every section besides is some other rule's business; of what nobody signed, none is anybody's.
needs := [] if count(keys) == 0

else := ["version"] if not jws

else := [] if why_not

else := ["version", "issuedAt", "subject", "manifest"]

jws := released.jws

header := plain_json.read(released.segment(jws, 0)).value

key := [one | some one in keys; one.kid == header.kid][0]

known := "none" if count(keys) == 0

else := concat(", ", [one.kid | some one in keys])

strangers := sort([field | some field in object.keys(header); not field in forms.header])

# Why the token is not to be believed.
why_not := "is not a compact JWS (header.payload.signature)" if {
	not compact
} else := sprintf("has a header with %v; only %v belong there", [concat(", ", strangers), concat(", ", forms.header)]) if {
	count(strangers) > 0
} else := sprintf("says alg %v; only EdDSA counts", [json.marshal(object.get(header, "alg", null))]) if {
	object.get(header, "alg", null) != "EdDSA"
} else := sprintf("says typ %v: it was signed as something else than %v", [json.marshal(object.get(header, "typ", null)), forms.type]) if {
	object.get(header, "typ", null) != forms.type
} else := sprintf("is signed with key %v, which is none of the configured ones (%v)", [json.marshal(object.get(header, "kid", null)), known]) if {
	not key
} else := sprintf("was changed after key %v signed it, or another key of that name did", [key.kid]) if {
	not verified
}

compact if {
	is_object(header)
	regex.match(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`, jws)
}

verified if io.jwt.verify_eddsa(jws, json.marshal({"keys": [object.remove(key, ["kid"])]}))

found contains "cannot be believed: no key is configured that may sign evidence" if count(keys) == 0

found contains sprintf("has evidence that %v", [why_not]) if count(keys) > 0

found contains sprintf("has evidence with a field %v that its version does not know", [field]) if {
	some field in object.keys(released.evidence)
	not field in object.keys(forms.evidence)
}

found contains sprintf("is %v %v; its evidence is about %v %v", [manifest.model, manifest.modelVersion, about.model, about.modelVersion]) if {
	manifest := released.manifest
	about := released.sections.subject
	[manifest.model, manifest.modelVersion] != [about.model, about.modelVersion]
}
