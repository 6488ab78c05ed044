package lib.instants

import rego.v1

# Milliseconds since 1970 of a time in UTC that has its form. The engine's own parser knows no year after 2262, and of what has no value
# no rule would speak.
ms(text) := ((((((days(number(y), number(m), number(d)) * 24) + number(h)) * 60) + number(min)) * 60000) + (number(s) * 1000)) + milliseconds(fraction) if {
	some [_, y, m, d, h, min, s, fraction] in regex.find_all_string_submatch_n(
		`^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?Z$`,
		text, 1,
	)
}

number(digits) := to_number(significant) if {
	significant := trim_left(digits, "0")
	significant != ""
} else := 0

milliseconds(fraction) := number(substring(sprintf("%v000", [fraction]), 0, 3))

# Years begin in March, so that a leap day is their last.
days(year, month, day) := ((era * 146097) + ((((of_era * 365) + floor(of_era / 4)) - floor(of_era / 100)) + of_year)) - 719468 if {
	since_march := (month + 9) % 12
	y := year - floor((12 - month) / 10)
	era := floor(y / 400)
	of_era := y - (era * 400)
	of_year := (floor(((153 * since_march) + 2) / 5) + day) - 1
}
