package pipeline

import "sync"

// mailbox hands values from the media loop, which must never wait, to the conversation, which may be busy. It is not
// bounded by itself: what is posted is a few decisions a second.
type mailbox[T any] struct {
	mu    sync.Mutex
	items []T
	over  bool
	ready chan struct{} // holds one token while items may be there
}

func newMailbox[T any]() *mailbox[T] { return &mailbox[T]{ready: make(chan struct{}, 1)} }

// post adds v and never blocks. It reports false, and drops v, once the mailbox is closed.
func (m *mailbox[T]) post(v T) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.over {
		return false
	}
	m.items = append(m.items, v)
	select {
	case m.ready <- struct{}{}:
	default:
	}
	return true
}

// take returns everything posted so far. Wait on ready before it.
func (m *mailbox[T]) take() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items
	m.items = nil
	return items
}

// close ends the mailbox and returns what nobody has taken.
func (m *mailbox[T]) close() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items
	m.items, m.over = nil, true
	return items
}
