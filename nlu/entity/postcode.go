package entity

// british are the forms of a British postcode without its space: A stands for a letter, 9 for a figure.
var british = []string{"A99AA", "A999AA", "A9A9AA", "AA99AA", "AA999AA", "AA9A9AA"} //nolint:gochecknoglobals // a table

// Postcode reads a British postcode out of what a recogniser heard when it was asked for, written or spelled in any
// mixture: "w20 a b", "whiskey two zero alpha bravo", "it's W for whiskey, two, oh, double A". Heard are the recogniser's
// versions, the likeliest first. It returns the postcode as it is written (W2 0AB), false where none of them can be read
// as one without guessing much.
func Postcode(heard ...string) (string, bool) {
	code, ok := ofForm(british, heard)
	if !ok {
		return "", false
	}
	return code[:len(code)-3] + " " + code[len(code)-3:], true
}

// ofForm returns the likeliest code of one of forms in what was heard; each further version is as far-fetched as a word
// that only sounds so.
func ofForm(forms, heard []string) (string, bool) {
	best, least := "", tooFar+1
	for rank, text := range heard {
		if rank*soundsSo >= least {
			break
		}
		if code, cost, ok := read(text, forms); ok && cost+rank*soundsSo < least {
			best, least = code, cost+rank*soundsSo
		}
	}
	return best, best != ""
}
