package lib.plain_json

import rego.v1

# JSON that every reader reads alike, as submission/spec/release/plain-json.ts has it: nothing twice, no space, numbers as short as they
# can be.
read(text) := {"value": value} if {
	is_string(text)
	value := json.unmarshal(text)

	# Keys are sorted when it is written again, which changes no length; a key that was there twice does.
	count(unescaped(json.marshal(value))) == count(unescaped(text))
	every number in numbers_in(text) {
		ordinary(number)
	}
}

# Go escapes what is special in HTML, JavaScript does not.
unescaped(text) := strings.replace_n(
	{`\u003c`: "<", `\u003e`: ">", `\u0026`: "&", `\u2028`: "\u2028", `\u2029`: "\u2029"},
	text,
)

# As they are written: to the engine 1.0 and 1 are one value.
numbers_in(text) := regex.find_n(`[-+.\w]*[0-9][-+.\w]*`, regex.replace(text, `"([^"\\]|\\.)*"`, ""), -1)

# As short as a double can be written, and as JavaScript writes it: digits are the engine's, which writes exponents in another way.
ordinary(written) if {
	shape(written)
	number := json.unmarshal(written)
	digits(written) == digits(sprintf("%v", [number]))
	abs(number) <= 9007199254740991
}

shape(written) if {
	regex.match(`^-?(0|[1-9][0-9]{0,15})(\.[0-9]{0,22}[1-9])?$`, written)
	not regex.match(`^(-0|-?0\.0{6}.*)$`, written)
}

shape(written) if regex.match(`^-?[1-9](\.[0-9]{0,16}[1-9])?e-([7-9]|[1-9][0-9]|[12][0-9]{2}|30[0-7])$`, written)

digits(written) := trim_left(trim_right(regex.replace(split(written, "e")[0], `[-.]`, ""), "0"), "0")
