package sip

import "maps"

// SetUsers replaces the accounts calls may come from (Config.Users), for what is refused or accepted from now on. Whether
// anybody is asked at all stays as it was when the server began to listen.
func (s *Server) SetUsers(users map[string]string) {
	u := maps.Clone(users)
	s.users.Store(&u)
}

// accounts are the users as they are now.
func (s *Server) accounts() map[string]string {
	if u := s.users.Load(); u != nil {
		return *u
	}
	return s.cfg.Users
}
