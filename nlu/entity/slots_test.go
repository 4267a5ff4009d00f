package entity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/nlu/entity"
)

// heardAs splits versions of what was heard.
func heardAs(s string) []string { return strings.Split(s, " / ") }

func TestPostcode(t *testing.T) {
	t.Parallel()
	for heard, want := range map[string]string{
		"sw1a 1aa":                                         "SW1A 1AA",
		"it's W for whiskey, two, oh, A, B.":               "W2 0AB",
		"M four five, six double W":                        "M45 6WW",
		"whisky 2 zero alpha bravo":                        "W2 0AB",
		"my postcode is D E twenty four, eight D X please": "DE24 8DX",
		"see bee four two gee why":                         "CB4 2GY",
		"g 2 6 5 W Robert / g 2 6 5 w b":                   "G26 5WB",
		"e 1 6 a n / e 1 6 a m":                            "E1 6AN",
		"L O 3 O T Y / l 0 3 0 t y":                        "LO3 0TY",
		"w a 6 9 OJ w":                                     "WA69 0JW",
		"t a 8 9 9 g z":                                    "TA89 9GZ",
		"I don't have it with me":                          "", "1 2 3 4 5": "", "": "", "the weather is nice in London today": "", "w 2": "", "wait a moment": "",
	} {
		got, ok := entity.Postcode(heardAs(heard)...)
		if got != want || ok != (want != "") {
			t.Errorf("%q is read as %q (%v), want %q", heard, got, ok, want)
		}
	}
}

func TestBirth(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for heard, want := range map[string]string{
		"the fourth of the first eighty nine":                    "1989-01-04",
		"27th of the 9th 1979":                                   "1979-09-27",
		"I was born on the thirtieth of June nineteen sixty two": "1962-06-30",
		"June the 30th, 1962":                                    "1962-06-30",
		"March 5 2001":                                           "2001-03-05",
		"2nd of February 1960 2":                                 "1962-02-02",
		"eighteen five forty six":                                "1946-05-18",
		"oh four, oh two, seventy nine":                          "1979-02-04",
		"the third of May two thousand and four":                 "2004-05-03",
		"12 August nineteen oh five":                             "1905-08-12",
		"1979-09-27":                                             "1979-09-27",
		"03/04/1990":                                             "1990-04-03",
		"2203 1935":                                              "1935-03-22",
		"22031935":                                               "1935-03-22",
		"24 09 19 30":                                            "1930-09-24",
		"9 23 1984":                                              "1984-09-23",
		"6th of the 6th oh six":                                  "2006-06-06",
		"noise / first of May 1950":                              "1950-05-01",
		"31st of February 1980":                                  "", "4 July 2031": "", "I'd rather not say": "", "": "", "in May": "", "ninety": "",
	} {
		got, ok := entity.Birth(now, heardAs(heard)...)
		if s := got.Format(time.DateOnly); ok != (want != "") || ok && s != want {
			t.Errorf("%q is read as %v (%v), want %q", heard, s, ok, want)
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	for heard, want := range map[string]string{
		"my name is Katie Marshall":  "Katie Marshall",
		"it's sinead o'brien":        "Sinead O'Brien",
		"Katie m a r s h a double l": "Katie Marshall",
		"s m i t h smith":            "Smith",
		"Smith, S-M-I-T-H.":          "Smith",
		"b e double t y":             "Betty",
		"h a double r i s":           "Harris",
		"d o r o th y wi LL I am s":  "Dorothywilliams",
		"Charlie Alfa Romeo Romeo":   "Carr",
		"Charlie Romeo":              "Charlie Romeo",
		"Sierra Oscar Papa Hotel India Echo, space, Golf India Lima Lima": "Sophie Gill",
		"k for kilo, a, y":  "Kay",
		"j e a n b r a why": "Jeanbray",
		"12 34":             "", "": "", " / Ann Lee": "Ann Lee",
		"well I would like to know when my parcel comes please": "",
	} {
		got, ok := entity.Name(heardAs(heard)...)
		if got != want || ok != (want != "") {
			t.Errorf("%q is read as %q (%v), want %q", heard, got, ok, want)
		}
	}
}

func FuzzSlots(f *testing.F) {
	f.Add("double u 2, oh, a b as in boy, triple", "İ x-ray 19 0 5")
	f.Fuzz(func(t *testing.T, a, b string) {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		if p, ok := entity.Postcode(a, b); ok && (len(p) < 6 || len(p) > 8) {
			t.Errorf("postcode %q", p)
		}
		if d, ok := entity.Birth(now, a, b); ok && (d.After(now) || d.Year() < 1880) {
			t.Errorf("born %v", d)
		}
		if n, ok := entity.Name(a, b); ok && n == "" {
			t.Error("an empty name")
		}
	})
}
