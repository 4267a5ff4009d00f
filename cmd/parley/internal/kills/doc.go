// Package kills holds the test that kills a process again and again in the middle of conversations, tickets, webhooks and
// transfers, and counts what was lost and what happened twice. It has everything of a node but sound: the event stream, the
// record, conversations in writing, tickets, the courier.
package kills
