package config

import (
	"errors"
	"net/url"
)

// Database says where everything is kept.
type Database struct {
	URL string `yaml:"url" doc:"PostgreSQL 16 or later with the extension vector, as postgres://user:password@host:5432/name; $NAME reads it from the environment. Empty: what PARLEY_DATABASE_URL holds; without that, SQLite files in the data folder. Several nodes may share one; give them one events.url too."`
}

var errDatabase = errors.New("database.url: it is no address such as postgres://parley:PASSWORD@db.example:5432/parley")

// validate never shows the address, which holds a password.
func (d Database) validate() error {
	if d.URL == "" {
		return nil
	}
	u, err := url.Parse(d.URL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Host == "" && u.Query().Get("host") == "" || len(u.Path) < 2 {
		return errDatabase
	}
	return nil
}

// Use sets the database to that of the environment unless the file names one.
func (c *Config) Use(database string) error {
	if c.Database.URL == "" {
		c.Database.URL = database
	}
	return c.Database.validate()
}
