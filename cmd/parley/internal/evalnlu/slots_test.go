package evalnlu

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSlots(t *testing.T) {
	t.Parallel()
	path := file(t, "slots.tsv", "postcode\tW2 0AB\tw 20 a b\npostcode\tW2 0AB\tw 20 a\tw 20 a b\nname\tAnn Lee|Ann\ta n n\ndob\t1979-09-27\t27th of the 8th 1979\n\n")
	got, err := run(t, NewSlots, path)
	if err != nil || got["postcode lines"] != 2 || got["postcode exact"] != 0.5 || got["postcode exact_nbest"] != 1 || got["postcode among_nbest"] != 1 ||
		got["name exact"] != 1 || got["dob exact"] != 0 || got["dob wrong"] != 1 {
		t.Errorf("%v, %v", got, err)
	}
	for name, line := range map[string]string{"line 1": "postcode\tW2 0AB\n", "give an item": "shoe\t42\tforty two\n"} {
		if _, err := run(t, NewSlots, file(t, "bad.tsv", line)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v", line, err)
		}
	}
	var out strings.Builder
	var c slotCount
	if err := c.file(path, &out); err != nil || strings.Count(out.String(), "\n") != 2 || !strings.Contains(out.String(), `"27th of the 8th 1979" is read as "1979-08-27", wanted "1979-09-27"`) {
		t.Errorf("misses %q, %v", out.String(), err)
	}
}

// evi is where the recorded answers of the EVI data lie under PARLEY_DATA, and learnt how many of them were looked at
// when the readers were written.
const (
	evi    = "text/evi_even"
	learnt = 200
)

// TestEVI measures the readers on what a telephone recogniser wrote of people's postcodes, names and dates of birth, item
// by item and attempt by attempt; the third time names are asked for spelled, most people spell but one.
func TestEVI(t *testing.T) {
	dir := filepath.Join(os.Getenv("PARLEY_DATA"), evi)
	answers, err := os.Open(filepath.Join(dir, "dialogues.tsv"))
	if err != nil {
		t.Skip("PARLEY_DATA has no " + evi)
	}
	defer answers.Close()
	people := profiles(t, filepath.Join(dir, "records.en.csv"))
	r := csv.NewReader(answers)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	misses := os.Stderr
	var looked, others slotCount
	for n, row := range rows[1:] {
		item, heard := row[4], []string{row[8]}
		person, ok := people[row[2]]
		if !ok || row[8] == "" {
			continue
		}
		var more []string
		if err := json.Unmarshal([]byte(row[9]), &more); err != nil {
			t.Fatalf("row %d: %v", n, err)
		}
		for _, m := range more {
			if m != row[8] {
				heard = append(heard, m)
			}
		}
		wanted := []string{person[item]}
		if item == "name" && row[5] == "2" {
			wanted = append(wanted, person["name_first"], person["name_last"])
		}
		c := &others
		if n < learnt {
			c = &looked
		}
		got, right := c.add(fmt.Sprintf("%s, attempt %s", item, row[5]), slotReaders[item], wanted, heard)
		if n < learnt && !right && testing.Verbose() {
			fmt.Fprintf(misses, "%s %q is read as %q, wanted %q\n", item, row[8], got, wanted)
		}
	}
	for _, f := range looked.figures() {
		t.Logf("looked at: %s %.3f", f.name, f.value)
	}
	for _, f := range others.figures() {
		t.Logf("%s %.3f", f.name, f.value)
	}
	for item, least := range map[string]float64{"postcode, attempt 0": 0.3, "postcode, attempt 2": 0.4, "dob, attempt 2": 0.6, "name, attempt 0": 0.3} {
		if tally := others.of[item]; tally == nil || share(tally.exact, tally.lines) < least {
			t.Errorf("%s: %+v, want %.2f at least", item, tally, least)
		}
	}
}

// profiles are the columns of a CSV file by the first.
func profiles(t *testing.T, path string) map[string]map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for _, row := range rows[1:] {
		person := map[string]string{}
		for i, name := range rows[0] {
			person[name] = row[i]
		}
		out[row[0]] = person
	}
	return out
}
