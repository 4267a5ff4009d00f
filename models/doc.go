// Package models is the catalogue of weights: what there is, under which licence, where it can be had, and what its bytes
// must be. It fetches, checks, converts and locates files; it never loads one. catalogue.yaml is the catalogue; what an
// operator adds by hand is remembered beside the weights. Only the checksum decides whether a file is the right one, so it
// makes no difference which source it came from. The folder of weights may be shared by many processes.
package models
