package config

import (
	"fmt"
	"slices"
	"time"
)

// Insights configures what calls are about.
type Insights struct {
	Zone        string        `yaml:"zone" doc:"IANA time zone in which days begin, such as Europe/London. Empty: that of the first route with hours, else UTC."`
	RepeatDays  int           `yaml:"repeat_days" doc:"Days within which another call of the same customer or number is a repeat."`
	Service     time.Duration `yaml:"service" doc:"Wait within which a call should be taken, for the service level."`
	CostPerHour float64       `yaml:"cost_per_hour" doc:"What an hour of an agent's time costs, for the estimate of saved cost; 0: no estimate."`
	Currency    string        `yaml:"currency" doc:"Of cost_per_hour, such as EUR."`
	ReportAt    string        `yaml:"report_at" doc:"Local time at which the report of the day before is written into the folder reports, such as 07:00; empty: never."`
	ReportLangs []string      `yaml:"report_langs" doc:"Languages of the report: en, zh."`
}

// defaultInsights are the defaults.
func defaultInsights() Insights {
	return Insights{RepeatDays: 3, Service: 20 * time.Second, ReportAt: "07:00", ReportLangs: []string{"en", "zh"}}
}

// ReportTime is when the report is written, in minutes after midnight; false for never.
func (i Insights) ReportTime() (int, bool) {
	t, err := time.Parse("15:04", i.ReportAt)
	if err != nil {
		return 0, false
	}
	return t.Hour()*60 + t.Minute(), true
}

// InsightsZone is the zone in which days begin.
func (c *Config) InsightsZone() *time.Location {
	name := c.Insights.Zone
	for _, r := range c.Routes {
		if name == "" {
			name = r.Hours.Zone
		}
	}
	zone, err := time.LoadLocation(name) // validated with the configuration; "" is UTC
	if err != nil {
		return time.UTC
	}
	return zone
}

func (c *Config) validateInsights() []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	i := c.Insights
	if _, err := time.LoadLocation(i.Zone); err != nil {
		bad("insights.zone: %q is no zone such as Europe/London", i.Zone)
	}
	if i.RepeatDays < 1 || i.RepeatDays > 60 {
		bad("insights.repeat_days: %d is not within 1..60", i.RepeatDays)
	}
	if i.Service <= 0 || i.Service > time.Hour {
		bad("insights.service: %s is not within 0..1h", i.Service)
	}
	if i.CostPerHour < 0 {
		bad("insights.cost_per_hour: %g is below 0", i.CostPerHour)
	}
	if _, ok := i.ReportTime(); !ok && i.ReportAt != "" {
		bad("insights.report_at: %q is no time such as 07:00", i.ReportAt)
	}
	for _, l := range i.ReportLangs {
		if !slices.Contains([]string{"en", "zh"}, l) {
			bad("insights.report_langs: %q is neither en nor zh", l)
		}
	}
	return errs
}
