package orch.release.card_is_complete

import rego.v1

import data.lib.forms
import data.lib.released

violation contains {"msg": msg} if some msg in released.messages("card-is-complete", ["card"], found)

card := released.sections.card

# `owner` is a name, which may be short.
least(name) := 1 if name == "owner"

least(name) := released.settings.minCharacters if name != "owner"

letters(name) := count(regex.find_n(`[\pL\pN]`, card[name], -1))

placeholder(name) if {
	regex.match(`(?is)^\W*(todo|tbd|tba|n/?a|none|fixme|lorem ipsum\b.*|to be (done|defined|announced))\W*$`, card[name])
}

asked contains name if some name in forms.card_sections

asked contains name if some name in released.settings.moreSections

found contains sprintf("has a model card without section %v", [name]) if {
	is_object(card)
	some name in asked
	not name in object.keys(card)
}

found contains sprintf("has a model card whose section %v is empty", [name]) if {
	some name in asked
	letters(name) == 0
}

found contains sprintf("has a model card whose section %v is a placeholder", [name]) if {
	some name in asked
	letters(name) > 0
	placeholder(name)
}

found contains sprintf("has a model card whose section %v has %v letters; below %v it says nothing", [name, letters(name), json.marshal(least(name))]) if {
	some name in asked
	letters(name) > 0
	not placeholder(name)
	letters(name) < least(name)
}
