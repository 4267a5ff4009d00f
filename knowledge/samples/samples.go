// Package samples holds two FAQs written for trying Parley: "bank", a bank in English, and "shop", an online shop in
// Chinese. Both companies are made up and the telephone numbers belong to no one.
package samples

import "embed"

//go:embed bank.csv shop.csv
var files embed.FS

// CSV returns the file of a base, ready for import, or false when there is no sample of that name.
func CSV(base string) ([]byte, bool) {
	raw, err := files.ReadFile(base + ".csv")
	return raw, err == nil
}
