package sip

import "context"

func (s *Server) register(context.Context) {}
