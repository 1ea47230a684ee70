package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// JarID names a jar that a JobManager keeps: a random part and its file name.
type JarID string

// Jar is an uploaded jar.
type Jar struct {
	ID       JarID
	Name     string // file name it was uploaded with
	Uploaded time.Time
	Entries  []JarEntry // classes its manifest names
}

// JarEntry is a class of a jar that can be run.
type JarEntry struct {
	Class       string
	Description string
}

// Jars lists the jars that the JobManager keeps, the latest first. A cluster
// with web.submit.enable = false is ErrSubmitDisabled.
func (c *Client) Jars(ctx context.Context) ([]Jar, error) {
	var a struct {
		Error string `json:"error"`
		Files []struct {
			ID       JarID   `json:"id"`
			Name     string  `json:"name"`
			Uploaded integer `json:"uploaded"`
			Entry    []struct {
				Name        string `json:"name"`
				Description string `json:"description"`
			} `json:"entry"`
		} `json:"files"`
	}
	if err := c.get(ctx, "list jars", &a, "jars"); err != nil {
		return nil, err
	}
	if a.Error != "" { // with status 200
		return nil, &RemoteError{Op: "list jars", Addr: c.base.Host, Status: http.StatusOK, Messages: []string{a.Error}}
	}
	jars := make([]Jar, 0, len(a.Files))
	for _, f := range a.Files {
		jar := Jar{ID: f.ID, Name: f.Name, Uploaded: f.Uploaded.time()}
		for _, e := range f.Entry {
			jar.Entries = append(jar.Entries, JarEntry{Class: e.Name, Description: e.Description})
		}
		jars = append(jars, jar)
	}
	return jars, nil
}

// DeleteJar removes an uploaded jar. Jobs that were started from it go on. An
// unknown jar is ErrJarNotFound. The request is not repeated once it can have
// arrived.
func (c *Client) DeleteJar(ctx context.Context, id JarID) error {
	op := "delete jar " + string(id)
	if err := id.check(); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return c.call(ctx, request{op: op, method: http.MethodDelete, path: []string{"jars", string(id)}}, nil)
}

// check refuses ids that would name something else than a jar on the server.
func (id JarID) check() error {
	if id == "" || id == "." || id == ".." || strings.ContainsAny(string(id), "/\\\x00") {
		return errors.New("not an id of an uploaded jar")
	}
	return nil
}
