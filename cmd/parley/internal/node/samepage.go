package node

import (
	"strings"
	"sync"

	"github.com/parley-voice/parley/pipeline/call"
)

// pageCalls knows the calls of pages by the secret end of their address, so that somebody who writes after a call, or
// during one, goes on in the same conversation. The zero value is ready.
type pageCalls struct {
	mu    sync.Mutex
	ids   map[string]call.ID
	order []string
}

// mostPageCalls bounds what is remembered; the oldest are forgotten.
const mostPageCalls = 2000

func (p *pageCalls) put(place string, id call.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ids == nil {
		p.ids = map[string]call.ID{}
	}
	p.ids[place] = id
	if p.order = append(p.order, place); len(p.order) > mostPageCalls {
		delete(p.ids, p.order[0])
		p.order = p.order[1:]
	}
}

// get is "" for a place that is not known.
func (p *pageCalls) get(place string) call.ID {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ids[place]
}

// wroteBefore is the chat a call goes on from, when the page proves with its token that it is theirs; "" otherwise.
func (n *Node) wroteBefore(chat string) call.ID {
	id, token, ok := strings.Cut(chat, " ")
	if !ok {
		return ""
	}
	if _, err := n.chats.Find(call.ID(id), token); err != nil {
		return ""
	}
	return call.ID(id)
}
