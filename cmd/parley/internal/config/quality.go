package config

import "fmt"

// Quality configures how calls are judged.
type Quality struct {
	AppealDays int `yaml:"appeal_days" doc:"Days after the last change of a score within which an agent may appeal against it."`
}

// defaultQuality are the defaults.
func defaultQuality() Quality { return Quality{AppealDays: 14} }

func (c *Config) validateQuality() []error {
	if d := c.Quality.AppealDays; d < 1 || d > 366 {
		return []error{fmt.Errorf("quality.appeal_days: %d is not within 1..366", d)}
	}
	return nil
}
