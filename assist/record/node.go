package record

import "time"

// Node is one running Parley among those that share a database.
type Node struct {
	ID      string    `json:"id" doc:"Does not change when the node starts again"`
	Name    string    `json:"name" doc:"Name of the machine"`
	Version string    `json:"version" doc:"Of its program; empty: one of before versions were told"`
	SIP     string    `json:"sip" doc:"Address it takes calls at"`
	HTTP    string    `json:"http" doc:"Address of its API and pages"`
	Started time.Time `json:"started_at"`
	Seen    time.Time `json:"seen_at" doc:"Last sign of life"`
	Alive   bool      `json:"alive"`
	Calls   int       `json:"calls" doc:"Calls in progress"`
	Limit   int       `json:"calls_limit" doc:"Calls it takes at once"`
	Self    bool      `json:"self,omitempty" doc:"The node that answers this"`
}
