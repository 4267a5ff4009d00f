package knowledge

func (ix *Index) calibrate(q Query, s *scores, order []int32, hits []Hit) {}
